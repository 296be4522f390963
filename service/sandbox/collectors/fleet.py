"""Keeps a front for each listener and a collector for each instance, and lets those go that a hook holds."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from botocore.exceptions import BotoCoreError, ClientError

from service.sandbox.collectors import scene
from service.sandbox.collectors.collector import Collector
from service.sandbox.collectors.front import Front
from service.sandbox.collectors.network import Groups, Protocol, played_address
from service.sandbox.collectors.script import Unreadable, read
from service.sandbox.delivery import sessions
from service.sandbox.moment import EXCLUSIVE

log = structlog.get_logger(__name__)

EC2 = "ec2.amazonaws.com"
AGAIN_SECONDS = 30.0
"""Of AWS time between two attempts to write what was refused."""


class NoWayOut(Exception):
    """The instance cannot write: it has no role, or its security group lets nothing out."""


class Fleet:
    """One thread with an event loop: it receives, and a second thread writes what is due."""

    def __init__(self, url: str, time_scale: float, home: Path | None) -> None:
        self._url, self._scale = url, time_scale
        self._home = (home or Path(tempfile.mkdtemp(prefix="collectors-"))) / "collectors"
        self._loop = asyncio.new_event_loop()
        self._changed = threading.Condition()
        self._looks, self._closed = 1, False
        self._fronts: dict[scene.Listener, Front] = {}
        self._collectors: dict[str, Collector] = {}
        self._not_before: dict[str, float] = {}
        self._turn = itertools.count()
        self._writing = threading.Lock()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to listen and to write."""
        self._home.mkdir(parents=True, exist_ok=True)
        for name, target in (("sandbox-syslog", self._loop.run_forever), ("sandbox-collectors", self._run)):
            thread = threading.Thread(target=target, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def look_again(self) -> None:
        """The scene has changed."""
        with self._changed:
            self._looks += 1
            self._changed.notify_all()

    def flush(self) -> int:
        """Write all that waits, once; answers how many objects that made."""
        self._look()
        return sum(self._write(collector) for collector in list(self._collectors.values()))

    def report(self) -> dict[str, Any]:
        """Listeners with the loopback port of each transport, and collectors with what they buffer."""
        self._look()
        listeners = [
            {
                "listener": listener.arn,
                "load_balancer": listener.load_balancer,
                "port": listener.port,
                "protocol": listener.protocol,
                "ports": front.ports,
            }
            for listener, front in self._fronts.items()
        ]
        collectors = [
            {"instance": id, "group": one.script.constants.get("GROUP"), "buffered": one.buffered}
            for id, one in self._collectors.items()
        ]
        return {"stand_in_for": "fluentd", "listeners": listeners, "collectors": collectors}

    def close(self) -> None:
        """Stop both threads. What is buffered stays on disk."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._threads:
            self._on_loop(self._close_fronts())
            self._loop.call_soon_threadsafe(self._loop.stop)
        for thread in self._threads:
            thread.join(timeout=10)
        self._loop.close()

    async def _close_fronts(self) -> None:
        for front in self._fronts.values():
            front.close()
        self._fronts.clear()

    def _run(self) -> None:
        seen = 0
        while True:
            with self._changed:
                if self._looks == seen and not self._closed:
                    self._changed.wait(timeout=self._until_due())
                if self._closed:
                    return
                seen = self._looks
            self._look()
            for collector in list(self._collectors.values()):
                if self._is_due(collector):
                    self._write(collector)

    def _look(self) -> None:
        """Make fronts and collectors what the scene asks for, and let go what is done."""
        with self._writing:
            with EXCLUSIVE:
                wanted = set(scene.listeners())
                instances = {one.id: one for one in scene.instances()}
            for id in self._collectors.keys() - instances.keys():
                self._collectors.pop(id).forget()
            for id in instances.keys() - self._collectors.keys():
                self._begin(instances[id])
            self._on_loop(self._match_fronts(wanted))
        for id, instance in instances.items():
            if instance.going and id in self._collectors:
                self._let_go(self._collectors[id])

    def _begin(self, instance: scene.Instance) -> None:
        try:
            script = read(instance.user_data)
            if script is not None:
                client = partial(self._client, instance.id)
                self._collectors[instance.id] = Collector(instance.id, script, client, self._home)
        except Unreadable as error:
            log.error("collector.configuration_refused", instance=instance.id, reason=str(error))

    async def _match_fronts(self, wanted: set[scene.Listener]) -> None:
        for listener in self._fronts.keys() - wanted:
            self._fronts.pop(listener).close()
        for listener in sorted(wanted - self._fronts.keys(), key=lambda one: one.arn):
            with EXCLUSIVE:
                certificate = scene.certificate_of(listener)
            front = Front(listener.transports, partial(self._receive, listener), certificate)
            await front.open()
            self._fronts[listener] = front

    def _receive(self, listener: scene.Listener, protocol: Protocol, sender: str, message: bytes) -> bool:
        played = played_address(sender)
        with EXCLUSIVE:
            route = scene.route(listener, protocol, played)
        if route is None:
            return False
        able = [
            collector
            for id in route.targets
            if (collector := self._collectors.get(id)) is not None
            and collector.healthy(route.health_port)
            and collector.listens(protocol, route.port)
        ]
        if not able:
            return False
        collector = able[next(self._turn) % len(able)]
        taken = collector.accept(message, str(played), protocol, route.port)
        with self._changed:
            self._changed.notify_all()
        return taken

    def _write(self, collector: Collector) -> int:
        """One attempt; what is refused is tried again later."""
        with self._writing:
            try:
                written = collector.flush()
            except (ClientError, BotoCoreError, sessions.Refused, NoWayOut) as error:
                log.warning("collector.refused", instance=collector.instance, reason=str(error))
                self._not_before[collector.instance] = time.time() + AGAIN_SECONDS / self._scale
                return 0
        self._not_before.pop(collector.instance, None)
        return written

    def _let_go(self, collector: Collector) -> None:
        """Flush, and only when nothing is left say that the instance may go."""
        collector.close()
        if time.time() < self._not_before.get(collector.instance, 0.0):
            return
        if collector.buffered:
            self._write(collector)
        if collector.buffered:
            return
        try:
            collector.complete()
        except (ClientError, BotoCoreError, sessions.Refused, NoWayOut) as error:
            log.warning("collector.held", instance=collector.instance, reason=str(error))
            self._not_before[collector.instance] = time.time() + AGAIN_SECONDS / self._scale

    def _client(self, instance_id: str, service: str) -> Any:
        with EXCLUSIVE:
            instance = next(one for one in scene.instances() if one.id == instance_id)
            groups = Groups(instance.account, instance.region, instance.security_groups)
            if instance.role_arn is None or not groups.reaches_https():
                raise NoWayOut("no role" if instance.role_arn is None else "no way to AWS's APIs on port 443")
        credentials = sessions.assume(EC2, instance.role_arn, {}, instance.id)
        return sessions.client(service, credentials, instance.region, self._url)

    def _is_due(self, collector: Collector) -> bool:
        due = collector.due(self._scale)
        return due is not None and max(due, self._not_before.get(collector.instance, 0.0)) <= time.time()

    def _until_due(self) -> float | None:
        """Seconds until something has to be done, None for as long as nothing changes."""
        dues = [
            max(due, self._not_before.get(id, 0.0))
            for id, one in self._collectors.items()
            if (due := one.due(self._scale)) is not None
        ]
        dues += [at for id, at in self._not_before.items() if id in self._collectors]
        return max(0.05, min(dues) - time.time()) if dues else None

    def _on_loop(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)
