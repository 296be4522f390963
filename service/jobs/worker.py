"""The worker process: looks at sources when woken, sweeps for what was lost, stops without losing work."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from service.db import engine_for
from service.engine.stacks import Stacks
from service.environments import Environments
from service.freshness.rounds import look_round
from service.notifications.sender import Sender
from service.settings import Settings

from . import queue
from .reconcile import Reconciler, sweep

log = structlog.get_logger(__name__)

LONGEST_PAUSE = 15.0
"""Seconds between two rounds that look for sources whose freshness is due."""
NOTIFY_SECONDS = 2.0
"""Between two looks for something to tell."""


def run(settings: Settings, url: str, stacks: Stacks, environments: Environments) -> None:
    """Work until SIGTERM or SIGINT: a running engine is interrupted, saves, and its operation is queued again."""
    reconciler = Reconciler(
        database=engine_for(url),
        stacks=stacks,
        environments=environments,
        settings=settings,
        node=f"{socket.gethostname()}:{os.getpid()}",
        stopping=threading.Event(),
    )
    stacks.standby.fill()
    try:
        asyncio.run(_serve(reconciler, url))
    finally:
        stacks.standby.close()
        reconciler.database.dispose()


async def _serve(reconciler: Reconciler, url: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ask_to_stop() -> None:
        reconciler.stopping.set()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ask_to_stop)
    loop.add_signal_handler(signal.SIGHUP, reconciler.environments.reload)
    log.info("worker.started", node=reconciler.node, concurrency=reconciler.settings.worker_concurrency)
    await asyncio.gather(
        _listen(reconciler, url, stop),
        _sweep(reconciler, stop),
        _look_for_deliveries(reconciler, stop),
        _notify(reconciler, stop),
    )
    log.info("worker.stopped", node=reconciler.node)


async def _listen(reconciler: Reconciler, url: str, stop: asyncio.Event) -> None:
    """Take wake-ups; when the database goes away, begin again when it is back."""
    while not stop.is_set():
        try:
            await queue.listen(
                url, reconciler.look, concurrency=reconciler.settings.worker_concurrency, stop=stop
            )
        except ConnectionError as error:
            log.warning("queue.database_away", error=str(error))
        await _pause(stop, 1.0)


async def _sweep(reconciler: Reconciler, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await asyncio.to_thread(sweep, reconciler)
        except (DBAPIError, PoolTimeout) as error:
            log.warning("sweep.failed", error=type(error).__name__)
        await _pause(stop, reconciler.settings.sweep_seconds)


async def _look_for_deliveries(reconciler: Reconciler, stop: asyncio.Event) -> None:
    """One source after the other, in one thread beside the operations': nobody waits for it."""
    settings = reconciler.settings
    while not stop.is_set():
        try:
            await asyncio.to_thread(look_round, reconciler.database, reconciler.environments, settings)
        except (DBAPIError, PoolTimeout) as error:
            log.warning("freshness.failed", error=type(error).__name__)
        await _pause(stop, min(settings.freshness_seconds, LONGEST_PAUSE))


async def _notify(reconciler: Reconciler, stop: asyncio.Event) -> None:
    """Tell what has happened, in one thread beside the operations': a slow receiver holds up nobody but receivers."""
    sender = Sender(reconciler.database, reconciler.environments, reconciler.settings)
    while not stop.is_set():
        try:
            await asyncio.to_thread(sender.round, stop.is_set)
        except (DBAPIError, PoolTimeout) as error:
            log.warning("notifications.failed", error=type(error).__name__)
        await _pause(stop, NOTIFY_SECONDS)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
