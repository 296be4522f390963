"""What a worker writes while people change the same source."""

from __future__ import annotations

from sqlalchemy import Engine, text
from sqlmodel import Session

from service import operations
from service.auth import Caller
from service.jobs import leases, records
from service.models import Source

OLGA = Caller("olga", "operator")


def test_a_run_begins_while_somebody_holds_the_source(engine: Engine) -> None:
    """The rows of a run point at the source and its operation: were they to wait for whoever changes the
    source, who in turn waits for the operation, PostgreSQL would end one of the two."""
    with Session(engine) as session:
        source = Source(
            name="a", environment="e", kind="cloudwatch", team="t", spec={}, drift_policy={}, created_by="x"
        )
        session.add(source)
        session.flush()
        operation = operations.ask(session, OLGA, source.id, "apply")
        held = leases.take(session, source.id, "w", 60)
        assert held is not None
        session.commit()
        with Session(engine) as person, Session(engine) as worker:
            operations.locked_source(person, source.id)
            operations.live(person, source.id, ["apply"])
            worker.connection().execute(text("SET LOCAL lock_timeout = '2s'"))
            leases.fence(worker, held)
            records.open_attempt(worker, operation, held)
            records.put_away(worker, held, b"{}")
            worker.commit()
