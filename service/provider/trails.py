"""Where somebody's trail delivered when it was taken over, so that it can be left as it was found; and where it delivers now.

Two resources, as with log switches: `TrailFound` notes bucket, prefix and key and changes nothing, `TrailDestination` turns the
trail to a store. A run that dies in between leaves the note behind. When both go, the note goes last and turns the trail back.
Nothing else of the trail is touched: not its selectors, regions, validation or tags, nor whether it logs (UpdateTrail in the
CloudTrail API reference changes what it is given).

CloudTrail tries bucket and key before it turns a trail (errors of UpdateTrail): a bucket that no longer lets it in cannot be
given the trail back, and the run ends with what CloudTrail says.

Inputs: `trail`, a name in the provider's region; of a destination also `bucket`, `prefix` and `key`, the ARN of a KMS key.
Output of `TrailFound` beside them: `found` with `bucket`, `prefix` and `key`, empty texts where there was none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.plugin.server import PluginError, Seen
from service.plugin.values import UNKNOWN, Unknown, Values
from service.provider.aws import Aws, code_of, told

FOUND = "logflume:trail:TrailFound"
DESTINATION = "logflume:trail:TrailDestination"
WHERE = {"bucket": "S3BucketName", "prefix": "S3KeyPrefix", "key": "KmsKeyId"}
"""Our names, and those of GetTrail and UpdateTrail."""


class TrailFound:
    """The note."""

    token: str = FOUND
    inputs: tuple[str, ...] = ("trail",)

    def check(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """What is wrong with the inputs."""
        for name in sorted(inputs.keys() - set(self.inputs)):
            yield name, f"is not a property of {self.token}"
        for name in self.inputs:
            if not isinstance(inputs.get(name), str | Unknown) or not inputs[name]:
                yield name, "must be a text"

    def diff(self, old: Values, new: Values) -> dict[str, bool]:
        """Another trail is another resource."""
        return {name: name == "trail" for name in self.inputs if old.get(name) != new.get(name)}

    def id(self, inputs: Values) -> str:
        """The trail's name."""
        return str(inputs["trail"])

    def planned(self, known: Values, inputs: Values) -> Values:
        """Outputs of a creation that has not happened."""
        return {**inputs, "found": known.get("found", UNKNOWN)}

    def make(self, aws: Aws, inputs: Values) -> Values:
        """Outputs, with where the trail delivers now."""
        name = str(inputs["trail"])
        where = look(aws, name)
        if where is None:
            config = aws.config
            raise PluginError(
                f"NotFound: there is no trail {name} in account {config.account_id} ({config.region})"
            )
        return {**inputs, "found": where}

    def update(self, aws: Aws, known: Values, new: Values) -> Values:  # noqa: ARG002 - each type is asked alike.
        """Nothing can change but the trail, which makes another resource."""
        return {**new, "found": known["found"]}

    def read(self, aws: Aws, id: str, known: Values) -> Seen | None:
        """The note as it was made; None where the trail is gone or nothing is known of it."""
        if not known or look(aws, id) is None:
            return None
        return Seen(id, known, {"trail": known["trail"]})

    def delete(self, aws: Aws, known: Values) -> None:
        """Turn the trail back; one that is gone is left alone."""
        name = str(known["trail"])
        if look(aws, name) is not None:
            with told(f"turning trail {name} back to bucket {known['found']['bucket']}"):
                turn(aws, name, known["found"])


class TrailDestination(TrailFound):
    """Where the trail delivers while the source is active."""

    token = DESTINATION
    inputs = ("trail", "bucket", "prefix", "key")

    def planned(self, known: Values, inputs: Values) -> Values:  # noqa: ARG002 - each type is asked alike.
        """Outputs are the inputs."""
        return inputs

    def make(self, aws: Aws, inputs: Values) -> Values:
        """Outputs, after the trail was turned."""
        with told(f"turning trail {inputs['trail']} to bucket {inputs['bucket']}"):
            turn(aws, str(inputs["trail"]), inputs)
        return inputs

    def update(self, aws: Aws, known: Values, new: Values) -> Values:  # noqa: ARG002 - each type is asked alike.
        """The same for another destination, or for one that somebody has changed."""
        return self.make(aws, new)

    def read(self, aws: Aws, id: str, known: Values) -> Seen | None:
        """Where the trail really delivers."""
        where = look(aws, id) if known else None
        if where is None:
            return None
        live = {"trail": known["trail"], **where}
        return Seen(id, live, live)

    def delete(self, aws: Aws, known: Values) -> None:
        """The note turns the trail back."""


def look(aws: Aws, trail: str) -> Values | None:
    """Where a trail delivers, or None where there is no such trail."""
    from botocore.exceptions import ClientError

    try:
        with told(f"looking at trail {trail}"):
            found = aws.client("cloudtrail").get_trail(Name=trail)["Trail"]
    except PluginError as error:
        cause: Any = error.__cause__
        if isinstance(cause, ClientError) and code_of(cause) == "TrailNotFoundException":
            return None
        raise
    return {name: found.get(member, "") for name, member in WHERE.items()}


def turn(aws: Aws, trail: str, where: Values) -> None:
    """Have a trail deliver elsewhere; empty texts take a prefix and a key away."""
    wanted = {member: str(where[name]) for name, member in WHERE.items()}
    aws.client("cloudtrail").update_trail(Name=trail, **wanted)
