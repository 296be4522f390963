"""What the presets' specs have in common."""

from __future__ import annotations

from pydantic import Field

from programs.cloudwatch.spec import LogGroupsSpec


class SourceSpec(LogGroupsSpec):
    """Logs that an AWS service writes into log groups once logging is on there. The groups follow from the source."""

    enable_at_source: bool = Field(
        title="Switch logging on at the source",
        default=True,
        description="What is missing is switched on, and goes back to how it was when the source is retired. "
        "Otherwise what is logged there already is taken.",
    )

    @property
    def makes_log_groups(self) -> bool:
        """A group must exist before it can be shipped, and the service makes it with its first line only."""
        return self.enable_at_source
