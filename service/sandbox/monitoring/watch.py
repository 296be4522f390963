"""Looks at every alarm: samples what it watches, judges it, and sets its state, all through the sandbox's own API.

So metrics and states are in the journal like everything that clients do, and a restart brings them back.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from moto.cloudwatch.models import Alarm, cloudwatch_backends

from service.sandbox.call import Credentials
from service.sandbox.delivery import sessions
from service.sandbox.moment import EXCLUSIVE
from service.sandbox.monitoring.judging import Point, Rule, judge
from service.sandbox.monitoring.metrics import Metric, Oldest, take

log = structlog.get_logger(__name__)

ROOT_SECRET = "test"  # noqa: S105 - the sandbox's published secret of every account's root.
SHORTEST_PAUSE = 1.0
"""Seconds between two looks, however fast the sandbox's time runs."""
MINUTE = 60.0


class Watch:
    """A thread that looks every minute of AWS time; `look` may be called at any other time too."""

    def __init__(self, url: str, oldest: Oldest, time_scale: float) -> None:
        self._url, self._oldest, self._scale = url, oldest, time_scale
        self._last: dict[Metric, float] = {}
        self._looking = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to look."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="sandbox-alarms", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop looking."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def look(self) -> None:
        """Sample, judge, and set what has changed. Must not be called under `moment.EXCLUSIVE`."""
        with self._looking:
            with EXCLUSIVE:
                watched = {_metric(account, region, alarm) for account, region, alarm in _alarms()}
                samples = take(watched, self._oldest, self._scale)
            self._publish(samples)
            with EXCLUSIVE:
                changes = list(_changes(self._scale))
            for account, region, name, state, reason in changes:
                self._client(account, region).set_alarm_state(
                    AlarmName=name, StateValue=state, StateReason=reason, StateReasonData="{}"
                )
                log.info("alarm.state", account=account, alarm=name, state=state)

    def _run(self) -> None:
        while not self._closed.wait(max(SHORTEST_PAUSE, MINUTE / self._scale)):
            try:
                self.look()
            except (BotoCoreError, ClientError) as error:
                log.warning("alarm.look_failed", error=str(error))

    def _publish(self, samples: dict[Metric, list[float]]) -> None:
        """Put the samples; a metric that stays at zero is not written again."""
        by_place: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
        for metric, values in samples.items():
            if any(values) or (values and self._last.get(metric) != values[-1]):
                dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions]
                by_place[metric.account, metric.region, metric.namespace].append(
                    {
                        "MetricName": metric.name,
                        "Dimensions": dimensions,
                        "Timestamp": time.time(),
                        "Values": values,
                    }
                )
            if values:
                self._last[metric] = values[-1]
        for (account, region, namespace), data in by_place.items():
            self._client(account, region).put_metric_data(Namespace=namespace, MetricData=data)

    def _client(self, account: str, region: str) -> Any:
        """CloudWatch as the account's root: the services whose metrics these are have no API for it."""
        return sessions.client("cloudwatch", Credentials(account, ROOT_SECRET, ""), region, self._url)


def _alarms() -> Iterator[tuple[str, str, Alarm]]:
    """Every alarm on one metric, with its account and region."""
    for account, regions in list(cloudwatch_backends.items()):
        for region, backend in list(regions.items()):
            for alarm in list(backend.alarms.values()):
                if alarm.metric_name:
                    yield account, region, alarm


def _metric(account: str, region: str, alarm: Alarm) -> Metric:
    dimensions = tuple(sorted((str(each.name), str(each.value)) for each in alarm.dimensions))
    return Metric(account, region, alarm.namespace, alarm.metric_name, dimensions)


def _changes(scale: float) -> Iterator[tuple[str, str, str, str, str]]:
    """Account, region, name, new state and reason of each alarm whose state is another now."""
    now, points_of = time.time(), _points()
    for account, region, alarm in _alarms():
        points = points_of.get(_metric(account, region, alarm), [])
        state = judge(_rule(alarm, scale), points, now, _unix(alarm.created), alarm.state_value)  # type: ignore[arg-type,attr-defined]  # moto's state is plain text; `created` is the fix's.
        if state != alarm.state_value:
            seen = f"the newest value is {points[-1].value:g}" if points else "there is no data"
            reason = f"{alarm.metric_name} against the threshold of {float(alarm.threshold):g}: {seen}."
            yield account, region, alarm.name, state, reason


def _points() -> dict[Metric, list[Point]]:
    """Every data point there is, read once for all alarms."""
    found: dict[Metric, list[Point]] = defaultdict(list)
    for account, regions in list(cloudwatch_backends.items()):
        for region, backend in list(regions.items()):
            for datum in backend.metric_data:
                dimensions = tuple(sorted((str(each.name), str(each.value)) for each in datum.dimensions))
                metric = Metric(account, region, datum.namespace, datum.name, dimensions)
                found[metric].append(Point(_unix(datum.timestamp), getattr(datum, "value", 0.0)))
    return found


def _rule(alarm: Alarm, scale: float) -> Rule:
    warm_up = (getattr(alarm, "warm_up_configuration", None) or {}).get("WarmUpPeriodDurationInMinutes", 0)
    return Rule(
        statistic=alarm.statistic,
        comparison=alarm.comparison_operator,
        threshold=float(alarm.threshold),
        period=float(alarm.period) / scale,
        periods=int(alarm.evaluation_periods),
        to_alarm=int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
        missing=alarm.treat_missing_data or "missing",  # type: ignore[arg-type]  # one of the four words, as the API checks.
        warm_up=float(warm_up) * MINUTE / scale,
    )


def _unix(instant: Any) -> float:
    """Seconds since 1970 of an instant as moto keeps it."""
    if isinstance(instant, datetime):
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp()
    return float(instant)
