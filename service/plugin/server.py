"""The provider protocol (pulumirpc.ResourceProvider), as far as it is the same for every plugin of ours."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf import any_pb2, empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from service.plugin.values import Values, from_struct, to_struct

_THREADS = 16
Method = TypeVar("Method", bound=Callable[..., Any])


class PluginError(Exception):
    """A call of the engine failed; the text is shown to the person."""


@dataclass(frozen=True)
class Seen:
    """A live object: its id, all its properties, and the inputs that would make it."""

    id: str
    outputs: Values
    inputs: Values


class HalfMade(Exception):
    """The object was made, or changed in part, and a later call failed."""

    def __init__(self, seen: Seen, reason: str) -> None:
        super().__init__(reason)
        self.seen = seen
        self.reason = reason


def answering(method: Method) -> Method:
    """Tell a failure to the engine as the real plugins do: its text, with the gRPC code of a plain error."""

    @functools.wraps(method)
    def wrapped(self: Servicer, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request, context)
        except HalfMade as half:
            _abort_half_made(context, half)
        except PluginError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        except Exception as error:
            if context.code() is None:
                # A fault of this program: say so with its place, for the engine shows one line only.
                traceback.print_exc(file=sys.stderr)
                context.abort(
                    grpc.StatusCode.UNKNOWN, f"{self.called} failed in {method.__name__}: {error!r}"
                )
            raise

    return wrapped  # type: ignore[return-value]  # functools.wraps keeps the signature that mypy cannot see through Any.


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """What a plugin says of itself, and the calls that none of ours offers. Calls run in several threads.

    `called` names the plugin in messages ("the sandbox's provider").
    """

    called: str
    version: str

    def __init__(self) -> None:
        self.cancelled = threading.Event()

    @answering
    def GetPluginInfo(self, _request: Any, _context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self.version)

    @answering
    def Handshake(
        self, _request: Any, _context: grpc.ServicerContext
    ) -> provider_pb2.ProviderHandshakeResponse:
        return provider_pb2.ProviderHandshakeResponse(accept_outputs=True)

    @answering
    def Attach(self, _request: Any, _context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    @answering
    def Cancel(self, _request: Any, _context: grpc.ServicerContext) -> empty_pb2.Empty:
        self.cancelled.set()
        return empty_pb2.Empty()

    @answering
    def DiffConfig(self, request: Any, _context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        old, new = from_struct(request.old_inputs or request.olds), from_struct(request.news)
        diffs = sorted(
            name for name in old.keys() | new.keys() if old.get(name) != new.get(name) and name != "version"
        )
        changes = provider_pb2.DiffResponse.DIFF_SOME if diffs else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=changes, diffs=diffs)

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> NoReturn:
        self.refuse(context, f"the function {request.tok}")

    def Call(self, request: Any, context: grpc.ServicerContext) -> NoReturn:
        self.refuse(context, f"the method {request.tok}")

    def Construct(self, request: Any, context: grpc.ServicerContext) -> NoReturn:
        self.refuse(context, f"the component {request.type}")

    def refuse(self, context: grpc.ServicerContext, what: str) -> NoReturn:
        """End a call for something this plugin does not have."""
        context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{self.called} does not implement {what}")
        raise AssertionError("abort returns never")


def token_of(request: Any) -> str:
    """The type a request is about, from its type or its URN (`urn:pulumi:stack::project::parent$type::name`)."""
    return str(request.type or request.urn.split("::")[2].rpartition("$")[2])


def _abort_half_made(context: grpc.ServicerContext, half: HalfMade) -> NoReturn:
    """The object exists and is not as it should be: the engine records it with the reason, and updates it next time."""
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=half.seen.id,
            properties=to_struct(half.seen.outputs),
            inputs=to_struct(half.seen.inputs),
            reasons=[half.reason],
        )
    )
    code = grpc.StatusCode.UNKNOWN
    status = status_pb2.Status(code=code.value[0], message=half.reason, details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, half.reason)
    raise AssertionError("abort returns never")


@contextlib.contextmanager
def serving(servicer: Servicer) -> Iterator[int]:
    """Serve on a free port of loopback, given back, until the block ends."""
    # The engine sends whole policies and states; gRPC's 4 MB default is the limit it knows, and it lifts it too.
    limits = [("grpc.max_receive_message_length", 400 << 20), ("grpc.max_send_message_length", 400 << 20)]
    server = grpc.server(ThreadPoolExecutor(_THREADS), options=limits)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(grace=1.0).wait()


def run(servicer: Servicer) -> None:
    """Be a plugin process: print the port, then serve until the engine ends this process or is gone itself."""
    # The engine is the parent, and a killed one cannot say goodbye. Where it is gone already, the port cannot be written.
    engine = os.getppid()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with serving(servicer) as port:
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        while not stop.wait(1.0) and os.getppid() == engine:
            pass
