"""A marked event in each log group: from there on everything is as for any other event.

PutLogEvents into a stream of our own (API_PutLogEvents, CloudWatch Logs API reference). For a preset the group is where the
pipeline begins that is ours; what writes into it, Route 53, RDS or EKS, is not proved.
"""

from __future__ import annotations

import time
from typing import Any

from programs.cloudwatch.presets.spec import SourceSpec
from programs.cloudwatch.spec import LogGroupsSpec
from programs.deploy.proofs import PROOF_STREAM
from programs.finding import Finding
from service.proof.state import Marked

from .patterns import NoEvent, event_for
from .sending import Errand, Sent, not_provable


def send(errand: Errand) -> Sent:
    """One event a group. Raises botocore.exceptions.ClientError: a group is not there, or may not be written to."""
    view = errand.view
    spec, logs = view.wish.spec_as(LogGroupsSpec), view.production("logs")
    marks = [
        Marked(front=group, mark=f"{errand.marker}.{number}.")
        for number, group in enumerate(spec.reads_log_groups)
    ]
    try:
        events = [event_for(spec.filter_pattern, marked.mark) for marked in marks]
    except NoEvent:
        return not_provable(
            "/spec/filter_pattern",
            f"Nothing could be sent that the filter pattern is sure to let through: {spec.filter_pattern}",
            "Only patterns of terms and JSON patterns of = joined by && are proved.",
        )
    for marked, event in zip(marks, events, strict=True):
        _write(logs, marked.front, event)
    return Sent(tuple(marks), _service_findings(spec))


def _write(logs: Any, group: str, message: str) -> None:
    try:
        logs.create_log_stream(logGroupName=group, logStreamName=PROOF_STREAM)
    except logs.exceptions.ResourceAlreadyExistsException:
        pass  # Of an earlier proof.
    event = {"timestamp": int(time.time() * 1000), "message": message}
    logs.put_log_events(logGroupName=group, logStreamName=PROOF_STREAM, logEvents=[event])


def _service_findings(spec: LogGroupsSpec) -> tuple[Finding, ...]:
    if not isinstance(spec, SourceSpec):
        return ()
    message = "Proved from the log group on: that the service itself writes into it is not."
    hint = "status.last_delivery_at tells when something last arrived."
    return (Finding("SUGGESTION", "service_not_proved", "/spec/preset", message, hint),)
