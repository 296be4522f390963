"""The resource types: what was found on at a source, and what is switched on there.

Two resources a source, because the engine records a resource only when it is made. `Found` notes what was on and changes
nothing; `Logging` takes that note and switches on what is missing. A run that dies in the middle of the switching leaves the
note behind, so its successor still knows what to put back.

Inputs of both: one name of the target, and `types`. `Found` has the output `on`: those of `types` that were on when they were
first wanted. `Logging` has the input `foundOn`, which is that.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from service.plugin.server import PluginError, Seen
from service.plugin.values import UNKNOWN, Unknown, Values
from service.provider import buckets, recorders, trails
from service.provider.aws import Aws, told
from service.provider.kind import Failure, OwnResource
from service.provider.targets import Cluster, Database, Target, Types


class SourceResource(ABC):
    """One resource type over one kind of target. Methods raise PluginError; botocore's errors are told as such."""

    lists: tuple[str, ...] = ("types",)

    def __init__(self, token: str, target: type[Target]) -> None:
        self.token, self._target = token, target

    def check(self, inputs: Values) -> Iterator[Failure]:
        """What is wrong with the inputs."""
        known = {*self._target.members, *self.lists}
        for name in sorted(inputs.keys() - known):
            yield name, f"is not a property of {self.token}"
        given = [member for member in self._target.members if inputs.get(member)]
        if len(given) != 1:
            yield self._target.members[0], f"give one of {', '.join(self._target.members)}"
        for name in self.lists:
            if not isinstance(inputs.get(name), list | Unknown):
                yield name, "must be an array of log types"

    def diff(self, old: Values, new: Values) -> dict[str, bool]:
        """The properties that differ, and whether that makes a new resource. Lists are sets."""
        changed = {name: False for name in self.lists if _same(old.get(name)) != _same(new.get(name))}
        moved = {name: True for name in self._target.members if old.get(name) != new.get(name)}
        return changed | moved

    def id(self, inputs: Values) -> str:
        """The target's name, with its kind where there are several."""
        target = self._target.of(inputs)
        return f"{target.member}/{target.name}"

    def read(self, aws: Aws, id: str, known: Values) -> Seen | None:
        """The resource as it is, or None where its target is gone or nothing is known of it."""
        if not known:
            return None
        live = self._live(aws, known)
        return None if live is None else self.seen(id, known, live)

    @abstractmethod
    def planned(self, known: Values, inputs: Values) -> Values:
        """Outputs of a creation or an update that has not happened. `known` is empty for a creation."""

    @abstractmethod
    def make(self, aws: Aws, inputs: Values) -> Values:
        """Outputs, after whatever has to be done."""

    @abstractmethod
    def update(self, aws: Aws, known: Values, new: Values) -> Values:
        """The same for a change; `known` holds the last outputs."""

    @abstractmethod
    def delete(self, aws: Aws, known: Values) -> None:
        """Leave the target as it was found; one that is gone is left alone."""

    @abstractmethod
    def seen(self, id: str, known: Values, live: Types) -> Seen:
        """What a refresh tells the engine."""

    def _live(self, aws: Aws, inputs: Values) -> Types | None:
        target = self._target.of(inputs)
        with told(f"looking at {target.called}"):
            return target.on(aws)

    def _found(self, aws: Aws, inputs: Values) -> Types:
        live = self._live(aws, inputs)
        if live is None:
            called, where = self._target.of(inputs).called, aws.config
            raise PluginError(
                f"NotFound: there is no {called} in account {where.account_id} ({where.region})"
            )
        return live


class Found(SourceResource):
    """What was on; it changes nothing."""

    def planned(self, known: Values, inputs: Values) -> Values:
        same = known and not self.diff(known, inputs)
        return {**inputs, "on": known["on"] if same else UNKNOWN}

    def make(self, aws: Aws, inputs: Values) -> Values:
        return {**inputs, "on": sorted(self._found(aws, inputs) & set(inputs["types"]))}

    def update(self, aws: Aws, known: Values, new: Values) -> Values:
        newly = set(new["types"]) - set(known["types"])
        kept = set(known["on"]) & set(new["types"])
        return {**new, "on": sorted(kept | (self._found(aws, new) & newly))}

    def delete(self, aws: Aws, known: Values) -> None:
        """A note is nothing to take back."""

    def seen(self, id: str, known: Values, live: Types) -> Seen:
        return Seen(id, known, {name: value for name, value in known.items() if name != "on"})


class Logging(SourceResource):
    """The types that are on because of us."""

    lists = ("types", "foundOn")

    def planned(self, known: Values, inputs: Values) -> Values:
        return inputs

    def make(self, aws: Aws, inputs: Values) -> Values:
        self._switch(aws, inputs, frozenset(inputs["types"]) - self._found(aws, inputs), frozenset())
        return inputs

    def update(self, aws: Aws, known: Values, new: Values) -> Values:
        live, wanted = self._found(aws, new), frozenset(new["types"])
        self._switch(aws, new, wanted - live, _ours(known) & live - wanted)
        return new

    def delete(self, aws: Aws, known: Values) -> None:
        live = self._live(aws, known)
        if live is not None:
            self._switch(aws, known, frozenset(), _ours(known) & live)

    def seen(self, id: str, known: Values, live: Types) -> Seen:
        """Types that others switched on are theirs; one of ours that is off is missing from `types`."""
        now = {**known, "types": [kind for kind in known["types"] if kind in live]}
        return Seen(id, now, now)

    def _switch(self, aws: Aws, inputs: Values, on: Types, off: Types) -> None:
        if not on and not off:
            return
        target = self._target.of(inputs)
        what = " and ".join(
            f"{verb} {', '.join(sorted(types))}" for verb, types in (("on", on), ("off", off)) if types
        )
        with told(f"switching {what} at {target.called}"):
            target.switch(aws, on, off)


def _ours(known: Values) -> Types:
    """The types that were switched on by us."""
    return frozenset(known["types"]) - frozenset(known["foundOn"])


def _same(value: Any) -> Any:
    """A list as a set; what is unknown equals nothing."""
    return frozenset(value) if isinstance(value, list) else value


RESOURCES: dict[str, OwnResource] = {
    resource.token: resource
    for resource in (
        Found("logflume:source:RdsLogExportsFound", Database),
        Logging("logflume:source:RdsLogExports", Database),
        Found("logflume:source:EksControlPlaneLoggingFound", Cluster),
        Logging("logflume:source:EksControlPlaneLogging", Cluster),
    )
} | {
    buckets.TOKEN: buckets.BucketFound(),
    recorders.TOKEN: recorders.RecorderFound(),
    trails.FOUND: trails.TrailFound(),
    trails.DESTINATION: trails.TrailDestination(),
}
