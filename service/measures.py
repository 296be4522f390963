"""What `/metrics` says, read from the database when it is asked: the same from every web process, whatever workers there are.

Names follow "Metric and label naming" of the Prometheus documentation. What a web process alone knows, its requests, is counted
in `api/metrics.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine as Database
from sqlalchemy import text
from sqlalchemy.engine import Connection


class Measures(Collector):
    """One look at the database, in one transaction that only reads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[Metric]:
        """Every family. Raises DBAPIError where the database is away."""
        with self._database.connect() as connection:
            connection.execute(text("SET TRANSACTION READ ONLY"))
            yield from _queue(connection)
            yield from _operations(connection)
            yield from _sources(connection)
            yield _freshness(connection)
            yield _takeovers(connection)
            yield from _notices(connection)


def _queue(connection: Connection) -> Iterator[Metric]:
    row = connection.execute(
        text(
            "SELECT count(*) FILTER (WHERE due) AS due, count(*) FILTER (WHERE NOT due) AS later,"
            " coalesce(extract(epoch FROM now() - min(coalesce(not_before, queued_at)) FILTER (WHERE due)), 0) AS age"
            " FROM (SELECT queued_at, not_before, not_before IS NULL OR not_before <= now() AS due"
            "       FROM operation WHERE state = 'queued') AS waiting"
        )
    ).one()
    depth = GaugeMetricFamily(
        "logflume_queue_depth",
        "Operations that wait: due ones for a worker, later ones for their time.",
        labels=["when"],
    )
    depth.add_metric(["due"], row.due)
    depth.add_metric(["later"], row.later)
    yield depth
    yield GaugeMetricFamily(
        "logflume_queue_age_seconds",
        "How long the operation that is due for longest has waited for a worker.",
        value=float(row.age),
    )


def _operations(connection: Connection) -> Iterator[Metric]:
    ended = CounterMetricFamily("logflume_operations", "Operations that ended.", labels=["kind", "result"])
    live = GaugeMetricFamily(
        "logflume_operations_live", "Operations that have not ended.", labels=["kind", "state"]
    )
    seconds = CounterMetricFamily(
        "logflume_engine_seconds", "How long the engine has run, over all attempts.", labels=["kind"]
    )
    spent: dict[str, float] = {}
    rows = connection.execute(
        text(
            "SELECT kind, state, finished_at IS NOT NULL AS over, count(*) AS number, sum(engine_seconds) AS seconds"
            " FROM operation GROUP BY kind, state, over ORDER BY kind, state, over"
        )
    )
    for row in rows:
        (ended if row.over else live).add_metric([row.kind, row.state], row.number)
        spent[row.kind] = spent.get(row.kind, 0.0) + row.seconds
    for kind, total in spent.items():
        seconds.add_metric([kind], total)
    yield from (ended, live, seconds)


def _sources(connection: Connection) -> Iterator[Metric]:
    phases = GaugeMetricFamily("logflume_sources", "Sources by phase.", labels=["phase"])
    rows = connection.execute(
        text("SELECT phase, count(*) AS number FROM source GROUP BY phase ORDER BY phase")
    )
    for row in rows:
        phases.add_metric([row.phase], row.number)
    drifted = connection.execute(
        text("SELECT count(*) FROM source WHERE desired <> 'purged' AND drift->>'drifted' = 'true'")
    ).scalar_one()
    yield phases
    yield GaugeMetricFamily(
        "logflume_sources_drifted", "Sources that were changed by hand, as the last check saw.", value=drifted
    )


def _freshness(connection: Connection) -> Metric:
    """A source that has never delivered has no value: its silence alarm tells of that."""
    freshness = GaugeMetricFamily(
        "logflume_source_freshness_seconds",
        "How long ago the newest object came into the store of an active source.",
        labels=["source", "environment", "kind", "team"],
    )
    rows = connection.execute(
        text(
            "SELECT name, environment, kind, team, extract(epoch FROM now() - last_delivery_at) AS age FROM source"
            " WHERE desired = 'active' AND last_delivery_at IS NOT NULL ORDER BY environment, name"
        )
    )
    for row in rows:
        freshness.add_metric([row.name, row.environment, row.kind, row.team], max(0.0, float(row.age)))
    return freshness


def _takeovers(connection: Connection) -> Metric:
    total = connection.execute(text("SELECT coalesce(sum(takeovers), 0) FROM lease")).scalar_one()
    return CounterMetricFamily(
        "logflume_lease_takeovers", "Leases taken from a worker that had let them run out.", value=int(total)
    )


def _notices(connection: Connection) -> Iterator[Metric]:
    ended = CounterMetricFamily(
        "logflume_notifications",
        "Notifications that were delivered, or given up after the last try.",
        labels=["environment", "subscription", "result"],
    )
    rows = connection.execute(
        text(
            "SELECT environment, subscription, result, number FROM notice_count"
            " ORDER BY environment, subscription, result"
        )
    )
    for row in rows:
        ended.add_metric([row.environment, row.subscription, row.result], row.number)
    waiting = connection.execute(text("SELECT count(*) FROM notice_delivery WHERE state = 'pending'"))
    yield ended
    yield GaugeMetricFamily(
        "logflume_notifications_waiting", "Notifications on their way.", value=waiting.scalar_one()
    )
