"""The only file that knows the job library.

A job carries nothing but "look at source X" and who woke it. It may run twice, late or never: the lease decides who works,
and the sweep finds what was lost. So no job-level lock or retry of the library is used, and its priority is a hint: it lets
looks that people wait for begin before those that nobody waits for.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import procrastinate
from procrastinate.exceptions import ConnectorException
from sqlalchemy import text
from sqlmodel import Session

from service.status import PRIORITY

QUEUE = "sources"
TASK = "look_at_source"

_deferrer = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())
"""Never opened: every job is enqueued on the caller's own connection."""


def wake(
    session: Session, source_id: str, *, after: float = 0.0, priority: int = PRIORITY["user"], by: str = ""
) -> None:
    """Ask a worker to look at a source, `after` seconds from the commit of the caller's transaction; higher `priority` first.

    The job is a row of that transaction: it exists exactly if what it announces does. `by` names who wakes, for `outstanding`.
    """
    connection = session.connection().connection.driver_connection
    more: dict[str, Any] = {"schedule_in": {"seconds": after}} if after > 0 else {}
    task = _deferrer.configure_task(TASK, queue=QUEUE, connection=connection, priority=priority, **more)
    task.defer(source_id=source_id, by=by)


def outstanding(session: Session, by: str) -> int:
    """How many wake-ups of this one have not ended."""
    row = session.connection().execute(
        text(
            "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name = :task"
            " AND args->>'by' = :by"
        ),
        {"task": TASK, "by": by},
    )
    return int(row.scalar_one())


def waiting(session: Session, source_id: str) -> bool:
    """Whether a wake-up for the source is already in the queue and due."""
    row = session.connection().execute(
        text(
            "SELECT 1 FROM procrastinate_jobs WHERE status = 'todo' AND task_name = :task"
            " AND args->>'source_id' = :id AND (scheduled_at IS NULL OR scheduled_at <= now()) LIMIT 1"
        ),
        {"task": TASK, "id": source_id},
    )
    return row.first() is not None


def prune(session: Session, *, older_than: float = 600.0) -> int:
    """Delete wake-ups that a dead worker left as running for `older_than` seconds; the sweep has long replaced them."""
    result = session.connection().execute(
        text(
            "DELETE FROM procrastinate_jobs j WHERE j.status = 'doing' AND NOT EXISTS ("
            "  SELECT 1 FROM procrastinate_workers w WHERE w.id = j.worker_id"
            "  AND w.last_heartbeat > now() - make_interval(secs => :age))"
        ),
        {"age": older_than},
    )
    return result.rowcount


async def listen(
    url: str, look: Callable[[str], None], *, concurrency: int, stop: asyncio.Event, poll: float = 5.0
) -> None:
    """Run `look(source_id)` in a thread for each wake-up, until `stop` is set; returns when running looks have ended.

    Raises:
        ConnectionError: the database went away; the caller starts again when it is back.
    """
    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=_conninfo(url), min_size=1, max_size=4)
    )
    pool = ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="look")

    async def task(source_id: str, **_: str) -> None:
        await asyncio.get_running_loop().run_in_executor(pool, functools.partial(look, source_id))

    app.task(name=TASK, queue=QUEUE)(task)
    try:
        async with app.open_async():
            running = asyncio.create_task(
                app.run_worker_async(
                    queues=[QUEUE],
                    concurrency=concurrency,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    fetch_job_polling_interval=poll,
                )
            )
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            # Cancelling is the library's graceful stop: it waits for the looks that run.
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
    except ConnectorException as error:
        raise ConnectionError(str(error)) from error
    finally:
        pool.shutdown(wait=True)


def _conninfo(url: str) -> str:
    """The library wants a libpq URL; ours names SQLAlchemy's driver."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)
