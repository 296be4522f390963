"""The kinds of source that can be asked for: what a form, a JSON Schema and a check are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from programs.spec import CloudWatchSpec


@dataclass(frozen=True)
class Kind:
    """One kind: its words, the model of its spec, and an example. Its program is found by `programs.program_for`."""

    name: str
    title: str
    description: str
    spec_model: type[BaseModel]
    example: dict[str, Any]
    presets: tuple[str, ...] = ()

    @property
    def json_schema(self) -> dict[str, Any]:
        """JSON Schema of the spec."""
        return self.spec_model.model_json_schema()


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name="cloudwatch",
            title="CloudWatch Logs",
            description="Log groups of the production account, shipped through Firehose into a store of the log account.",
            spec_model=CloudWatchSpec,
            example={"log_group": "/aws/lambda/payments", "retention_days": 400},
        ),
    )
}
