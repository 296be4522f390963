"""The front of each kind: what is sent there, marked. What cannot be proved from there is said, and never guessed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from programs.aws_config.spec import ConfigSpec
from programs.cloudtrail.spec import ApiCallsSpec, CloudTrailSpec
from programs.cloudwatch.spec import LogGroupsSpec
from programs.syslog.spec import SyslogSpec

from . import calls, log_groups, snapshots, syslog
from .sending import Errand, Sent

_FRONTS: tuple[tuple[type[Any], Callable[[Errand], Sent]], ...] = (
    (LogGroupsSpec, log_groups.send),
    (ApiCallsSpec, calls.send_to_service),
    (CloudTrailSpec, calls.send_to_trail),
    (ConfigSpec, snapshots.send),
    (SyslogSpec, syslog.send),
)


def send(errand: Errand) -> Sent:
    """Send something marked.

    Raises:
        botocore.exceptions.ClientError, BotoCoreError: the front does not take it.
    """
    spec = errand.view.wish.spec
    return next(front for kind, front in _FRONTS if isinstance(spec, kind))(errand)
