"""The process of one engine run: it imports the programs, waits for one job, serves the program to one CLI, and ends.

It talks to its supervisor in JSON lines. In: the job, then `{"alive": seconds}` (how much longer the lease is good)
or `{"stop": "..."}`. Out: `ready`, `started` with the CLI's pid, `ended` with its exit code.

The CLI has its own session and writes to files, so it survives this process and ends by itself, cleanly. If the
supervisor dies or falls silent, this process ends the CLI before the lease can lapse: SIGINT, then SIGKILL.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pulumi
import pulumi_aws
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2_grpc

import programs
from programs.deploy.bootstrap import bootstrap_program
from programs.deploy.spec import BootstrapSpec
from programs.wish import Wish

GRPC_OPTIONS = [("grpc.max_receive_message_length", 1024 * 1024 * 400)]

_SERVERS: list[grpc.Server] = []
"""A server that nobody refers to is stopped."""


def main() -> None:
    """Read one job, run it, report."""
    _warm()
    inbox: queue.Queue[dict[str, Any]] = queue.Queue()
    _say(event="ready")
    job = json.loads(sys.stdin.readline() or "null")
    if job is None:
        return
    threading.Thread(target=_listen, args=(inbox,), daemon=True).start()
    port = _serve(_program(job))
    process = _start_cli(job, port)
    _say(event="started", pid=process.pid)
    threading.Thread(target=lambda: inbox.put({"ended": process.wait()}), daemon=True).start()
    code = _attend(process, inbox, float(job["lease"]), float(job["grace"]))
    _say(event="ended", code=code)
    # Everything is said; taking the interpreter and gRPC apart would only keep the supervisor waiting.
    os._exit(0)


def _warm() -> None:
    """Import what the programs use before there is a job: the SDK's modules load on first touch and take a second."""
    # The SDK sends a debug line to the engine for every step of every resource, hundreds a run, and nobody reads them.
    pulumi.log.debug = _unheard
    for module in ("s3", "kms", "sns", "sqs", "iam", "kinesis", "cloudwatch"):
        getattr(pulumi_aws, module)


def _unheard(*_: object, **__: object) -> None:
    return


def _program(job: dict[str, Any]) -> Callable[[], None]:
    """The program of the job; `adopt` maps "type::name" to the id of a real object that the state does not know."""
    if "bootstrap" in job:
        program = bootstrap_program(BootstrapSpec.model_validate(job["bootstrap"]))
    else:
        program = programs.program_for(Wish.model_validate(job["wish"]))
    adopt: dict[str, str] = job.get("adopt") or {}

    def adopting(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        found = adopt.get(f"{args.type_}::{args.name}")
        if found is None:
            return None
        merged = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(import_=found))
        return pulumi.ResourceTransformationResult(props=args.props, opts=merged)

    def run() -> None:
        if adopt:
            pulumi.runtime.register_stack_transformation(adopting)
        program()

    return run


def _serve(program: Callable[[], None]) -> int:
    """Offer the program to the CLI on a loopback port."""
    server = grpc.server(ThreadPoolExecutor(max_workers=4), options=GRPC_OPTIONS)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageServer(program), server)
    port = int(server.add_insecure_port("127.0.0.1:0"))
    server.start()
    _SERVERS.append(server)
    return port


def _start_cli(job: dict[str, Any], port: int) -> subprocess.Popen[bytes]:
    """Start the CLI in a session of its own, output to a file, so that no pipe of ours can kill it."""
    with open(job["log"], "ab") as log:
        return subprocess.Popen(
            [*job["argv"], f"--client=127.0.0.1:{port}", "--exec-kind", "auto.inline"],
            cwd=job["folder"],
            env=job["env"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _listen(inbox: queue.Queue[dict[str, Any]]) -> None:
    for line in sys.stdin:
        inbox.put(json.loads(line))
    inbox.put({"stop": "the supervisor is gone"})


def _attend(
    process: subprocess.Popen[bytes], inbox: queue.Queue[dict[str, Any]], lease: float, grace: float
) -> int:
    """Wait for the CLI; end it when told to, and in any case `grace` seconds before the lease lapses."""
    # SIGKILL, `grace` after SIGINT, still comes half a grace before the lease lapses.
    margin = 1.5 * grace
    deadline, kill_at = time.monotonic() + lease - margin, None
    while True:
        until = deadline if kill_at is None else kill_at
        try:
            message = inbox.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            message = {"stop": "the lease was not renewed"} if kill_at is None else {"kill": True}
        if "ended" in message:
            return int(message["ended"])
        if "alive" in message and kill_at is None:
            deadline = time.monotonic() + float(message["alive"]) - margin
        if "stop" in message and kill_at is None:
            _signal(process, signal.SIGINT)
            kill_at = time.monotonic() + grace
        if "kill" in message:
            _signal(process, signal.SIGKILL)
            kill_at = time.monotonic() + 3600


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """SIGINT to the CLI alone, which stops its plugins itself; SIGKILL to whatever is left of its session."""
    try:
        if number == signal.SIGKILL:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
    except ProcessLookupError:
        pass


def _say(**message: Any) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
