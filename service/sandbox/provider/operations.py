"""What the engine asks of a resource, in plain values: check, diff, plan, create, read, update, delete."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace

from service.plugin.server import HalfMade, Seen
from service.sandbox.catalog.check import Failure, failures, with_defaults
from service.sandbox.catalog.errors import AwsError, ProviderError, doing
from service.sandbox.catalog.resource import Naming, Resource
from service.sandbox.catalog.schema import UNKNOWN, Unknown, Values, is_empty
from service.sandbox.provider.aws import Aws, ProviderConfig, Session
from service.sandbox.provider.diff import Change, as_written, compare, ignoring, inputs_from


def configured(config: ProviderConfig, cancelled: threading.Event) -> Session:
    """A session of this configuration. Raises ProviderError where its credentials do not work or are of a wrong account."""
    try:
        session = Session(config, cancelled)
        with doing(
            "configuring Terraform AWS Provider: validating provider credentials: retrieving caller identity from STS"
        ):
            account = session.account_id
    except ProviderError:
        raise
    except Exception as error:
        raise ProviderError(f"configuring AWS provider with profile {config.profile}: {error}") from error
    if config.allowed_account_ids and account not in config.allowed_account_ids:
        raise ProviderError(f"AWS account ID not allowed: {account}")
    if account in config.forbidden_account_ids:
        raise ProviderError(f"AWS account ID not allowed: {account}")
    return session


def check(
    resource: Resource, old: Values, news: Values, default_tags: Values, name: str, seed: bytes
) -> tuple[Values, list[Failure]]:
    """The inputs as they are kept (defaults, default tags and made-up names filled in), and what is wrong with them."""
    inputs = with_defaults(
        resource.inputs, {key: value for key, value in news.items() if key != "__defaults"}
    )
    if resource.tagged and default_tags and not isinstance(inputs.get("tags"), Unknown):
        inputs["tags"] = {**default_tags, **inputs.get("tags", {})}
    if resource.naming is not None:
        _fill_in_name(resource.naming, old, inputs, name, seed)
    return inputs, [*failures(resource.inputs, inputs), *resource.rules(inputs)]


def _fill_in_name(naming: Naming, old: Values, inputs: Values, logical: str, seed: bytes) -> None:
    if naming.name in inputs:
        return
    prefix = inputs.get(naming.prefix) if naming.prefix else None
    if naming.name in old and (naming.prefix is None or old.get(naming.prefix) == prefix):
        inputs[naming.name] = old[naming.name]
        return
    if isinstance(prefix, Unknown):
        inputs[naming.name] = UNKNOWN
        return
    random = hashlib.sha256(seed).hexdigest()
    stem, tail = (str(prefix), random[:26]) if prefix else (f"{naming.lead}{logical}-", random[:7])
    made = stem[: naming.longest - len(tail)] + tail
    inputs[naming.name] = made.lower() if naming.lower else made


def diff(resource: Resource, old: Values, new: Values, ignored: list[str]) -> list[Change]:
    """Every difference between two checked inputs, but for ignored paths."""
    found = ignoring(compare(resource.inputs, old, new), ignored)
    anew = resource.replacing(old, new) if found else set()
    return [replace(change, replaces=True) if top(change.path) in anew else change for change in found]


def needs_the_name(resource: Resource, old: Values, new: Values) -> bool:
    """Whether a replacement must wait until the old object is deleted, because it bears the same name.

    The real provider's rule: so it is where the program chose the name and keeps it.
    """
    if resource.naming is None:
        return False
    name = new.get(resource.naming.name)
    return not isinstance(name, Unknown) and name == old.get(resource.naming.name)


def planned(resource: Resource, inputs: Values) -> Values:
    """Outputs of a creation that has not happened: what AWS decides is unknown."""
    unset = {name: UNKNOWN for name, prop in resource.inputs.items() if prop.computed and name not in inputs}
    outputs = {**unset, **dict.fromkeys(resource.computed, UNKNOWN), **inputs}
    return _with_all_tags(resource, outputs)


def planned_update(resource: Resource, known: Values, new: Values) -> Values:
    """Outputs of an update that has not happened: what is known stays, but for what every update moves."""
    kept = {
        name: value
        for name, value in known.items()
        if name not in resource.inputs or resource.inputs[name].computed
    }
    return _with_all_tags(resource, {**kept, **new, **dict.fromkeys(resource.moving, UNKNOWN)})


def _with_all_tags(resource: Resource, outputs: Values) -> Values:
    return {**outputs, "tagsAll": outputs.get("tags", {})} if resource.tagged else outputs


def create(resource: Resource, aws: Aws, inputs: Values) -> tuple[str, Values]:
    """Make the object. Raises HalfMade where it exists and what followed failed."""
    with doing(f"creating {_named(resource, inputs)}"):
        id = resource.create(aws, inputs)
    try:
        with doing(f"creating {resource.title} ({id})"):
            resource.settle(aws, id, inputs)
            seen = _seen(resource, aws, id, {}, inputs)
    except ProviderError as error:
        raise HalfMade(_as_far_as_visible(resource, aws, id, inputs), str(error)) from error
    if seen is None:
        raise HalfMade(
            Seen(id, inputs, inputs),
            f"reading {resource.title} ({id}): couldn't find resource after creation",
        )
    return seen.id, seen.outputs


def read(resource: Resource, aws: Aws, id: str, known: Values, written: Values) -> Seen | None:
    """The live object as it is now, its inputs in the words of `written`; None when it is gone."""
    with doing(f"reading {resource.title} ({id})"):
        return _seen(resource, aws, id, known, written)


def update(
    resource: Resource, aws: Aws, id: str, known: Values, old: Values, new: Values, ignored: list[str]
) -> Values:
    """Make the object like `new` and give its outputs back. Raises HalfMade where it may have been changed in part.

    What to do follows from the live object, for the engine may hold inputs that a failed creation never got to write.
    """
    with doing(f"updating {resource.title} ({id})"):
        before = _seen(resource, aws, id, known, old)
    if before is None:
        raise ProviderError(f"updating {resource.title} ({id}): couldn't find resource")
    try:
        with doing(f"updating {resource.title} ({id})"):
            _bring_to(resource, aws, id, before, new, ignored)
            seen = _seen(resource, aws, id, known, new)
    except ProviderError as error:
        raise HalfMade(_as_far_as_visible(resource, aws, id, old), str(error)) from error
    if seen is None:
        raise ProviderError(f"updating {resource.title} ({id}): couldn't find resource")
    return seen.outputs


def _bring_to(resource: Resource, aws: Aws, id: str, before: Seen, new: Values, ignored: list[str]) -> None:
    changed = {top(change.path) for change in diff(resource, before.inputs, new, ignored)}
    remote = {name for name in changed if not resource.inputs[name].local}
    if remote:
        resource.update(aws, id, {**before.outputs, **before.inputs}, new, remote)
    elif not changed:
        # The engine asks for an update without a difference after a creation that did not settle.
        resource.settle(aws, id, new)


def top(path: str) -> str:
    """The property that a path starts at: `rules` of `rules[0].status`."""
    return path.partition(".")[0].partition("[")[0]


def delete(resource: Resource, aws: Aws, id: str, known: Values) -> None:
    """Delete the object; one that is gone is a success."""
    with doing(f"deleting {resource.title} ({id})"):
        resource.delete(aws, id, known)


def _named(resource: Resource, inputs: Values) -> str:
    """The kind and name of something that has no id yet, for an error text; a KMS key has no name either."""
    name = (
        resource.naming.name
        if resource.naming
        else next((n for n, p in resource.inputs.items() if p.required), "")
    )
    return f"{resource.title} ({inputs[name]})" if name in inputs else resource.title


def _seen(resource: Resource, aws: Aws, id: str, known: Values, written: Values) -> Seen | None:
    live = resource.read(aws, id, known or written)
    if live is None:
        return None
    if "region" in resource.inputs:
        live["region"] = aws.region
    inputs = as_written(resource.inputs, written, live) if written else inputs_from(resource.inputs, live)
    # Outputs repeat the inputs in the program's words, so that re-ordered JSON never makes dependants look changed.
    outputs = _with_all_tags(
        resource, {**_kept(resource, known or written), **_told(resource, live), **inputs}
    )
    return Seen(resource.identity(id, live), outputs, inputs)


def _told(resource: Resource, live: Values) -> Values:
    """What is worth an output: nothing that the program may set, did not set, and AWS does not have either."""
    unset = {n for n, prop in resource.inputs.items() if not prop.computed and is_empty(live.get(n))}
    return {name: value for name, value in live.items() if name not in unset}


def _kept(resource: Resource, known: Values) -> Values:
    return {name: known[name] for name, prop in resource.inputs.items() if prop.local and name in known}


def _as_far_as_visible(resource: Resource, aws: Aws, id: str, inputs: Values) -> Seen:
    """What can be read of a half-made object; its inputs are the live ones, so the next diff shows what is missing."""
    try:
        seen = _seen(resource, aws, id, {}, inputs)
    except (AwsError, ProviderError):
        seen = None
    return seen or Seen(id, inputs, inputs)
