"""Security groups: a rule that names a group keeps its description, as one that names a range does.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UserIdGroupPair.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

from service.sandbox.fixes import replaces


@replaces(SecurityGroupRule, "__init__")
def _new_rule(original: Callable[..., None], self: SecurityGroupRule, *args: Any, **kwargs: Any) -> None:
    original(self, *args, **kwargs)
    if "Description" in self.source_group:
        # moto shows the description of the range, whatever the rule names.
        self.source_group = dict(self.source_group)
        self.ip_range = {**self.ip_range, "Description": self.source_group.pop("Description")}
