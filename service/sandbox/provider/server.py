"""The provider protocol (pulumirpc.ResourceProvider) over the catalogue: one process, one provider configuration."""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf import any_pb2, empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from service.sandbox.catalog import resource_types
from service.sandbox.catalog.errors import AwsError, ProviderError
from service.sandbox.catalog.resource import Resource
from service.sandbox.provider import operations
from service.sandbox.provider.aws import Aws, ProviderConfig, Session
from service.sandbox.provider.values import from_struct, to_struct

_THREADS = 16
_KINDS = {
    ("add", False): provider_pb2.PropertyDiff.ADD,
    ("add", True): provider_pb2.PropertyDiff.ADD_REPLACE,
    ("update", False): provider_pb2.PropertyDiff.UPDATE,
    ("update", True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
    ("delete", False): provider_pb2.PropertyDiff.DELETE,
    ("delete", True): provider_pb2.PropertyDiff.DELETE_REPLACE,
}
Method = TypeVar("Method", bound=Callable[..., Any])


def answering(method: Method) -> Method:
    """Tell a failure to the engine as the real plugin does: its text, with the gRPC code of a plain error."""

    @functools.wraps(method)
    def wrapped(self: Provider, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request, context)
        except operations.HalfMade as half:
            _abort_half_made(context, half)
        except (ProviderError, AwsError) as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        except Exception as error:
            if context.code() is None:
                # A fault of this program: say so with its place, for the engine shows one line only.
                traceback.print_exc(file=sys.stderr)
                context.abort(
                    grpc.StatusCode.UNKNOWN, f"the sandbox's provider failed in {method.__name__}: {error!r}"
                )
            raise

    return wrapped  # type: ignore[return-value]  # functools.wraps keeps the signature that mypy cannot see through Any.


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """The servicer. Calls run in several threads; what they share is the session, which locks for itself."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._session: Session | None = None

    # About the plugin.

    @answering
    def GetPluginInfo(self, _request: Any, _context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=importlib.metadata.version("pulumi-aws"))

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
        self._cancelled.set()
        return empty_pb2.Empty()

    # Its configuration.

    @answering
    def CheckConfig(self, request: Any, _context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        try:
            ProviderConfig.parse(from_struct(request.news))
        except ProviderError as error:
            return provider_pb2.CheckResponse(failures=[provider_pb2.CheckFailure(reason=str(error))])
        return provider_pb2.CheckResponse(inputs=request.news)

    @answering
    def DiffConfig(self, request: Any, _context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        old, new = from_struct(request.old_inputs or request.olds), from_struct(request.news)
        diffs = sorted(
            name for name in old.keys() | new.keys() if old.get(name) != new.get(name) and name != "version"
        )
        changes = provider_pb2.DiffResponse.DIFF_SOME if diffs else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=changes, diffs=diffs)

    @answering
    def Configure(self, request: Any, _context: grpc.ServicerContext) -> provider_pb2.ConfigureResponse:
        config = ProviderConfig.parse(from_struct(request.args))
        self._session = operations.configured(config, self._cancelled)
        return provider_pb2.ConfigureResponse(supportsPreview=True, acceptOutputs=True)

    # Its resources.

    @answering
    def Check(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        resource = _resource(request, context)
        tags = self._configured().config.default_tags
        name = request.name or request.urn.rpartition("::")[2]
        inputs, failures = operations.check(
            resource, from_struct(request.olds), from_struct(request.news), tags, name, request.randomSeed
        )
        return provider_pb2.CheckResponse(
            inputs=to_struct(inputs),
            failures=[
                provider_pb2.CheckFailure(property=failure.path, reason=failure.reason)
                for failure in failures
            ],
        )

    @answering
    def Diff(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        resource = _resource(request, context)
        old = from_struct(request.old_inputs if request.HasField("old_inputs") else request.olds)
        new = from_struct(request.news)
        changes = operations.diff(resource, old, new, list(request.ignoreChanges))
        some = provider_pb2.DiffResponse.DIFF_SOME if changes else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(
            changes=some,
            hasDetailedDiff=True,
            detailedDiff={
                c.path: provider_pb2.PropertyDiff(kind=_KINDS[c.kind, c.replaces], inputDiff=True)
                for c in changes
            },
            diffs=sorted({operations.top(change.path) for change in changes}),
            replaces=sorted({operations.top(change.path) for change in changes if change.replaces}),
            deleteBeforeReplace=operations.needs_the_name(resource, old, new),
        )

    @answering
    def Create(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        resource, inputs = _resource(request, context), from_struct(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=to_struct(operations.planned(resource, inputs)))
        id, outputs = operations.create(resource, self._aws(inputs), inputs)
        return provider_pb2.CreateResponse(id=id, properties=to_struct(outputs))

    @answering
    def Read(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        resource, known = _resource(request, context), from_struct(request.properties)
        written = from_struct(request.inputs) if request.HasField("inputs") else {}
        seen = operations.read(resource, self._aws(known or written), request.id, known, written)
        if seen is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=seen.id, properties=to_struct(seen.outputs), inputs=to_struct(seen.inputs)
        )

    @answering
    def Update(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        resource, known, new = (
            _resource(request, context),
            from_struct(request.olds),
            from_struct(request.news),
        )
        old = from_struct(request.old_inputs) if request.HasField("old_inputs") else known
        if request.preview:
            outputs = operations.planned_update(resource, known, new)
        else:
            outputs = operations.update(
                resource, self._aws(known), request.id, known, old, new, list(request.ignoreChanges)
            )
        return provider_pb2.UpdateResponse(properties=to_struct(outputs))

    @answering
    def Delete(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        resource, known = _resource(request, context), from_struct(request.properties)
        operations.delete(resource, self._aws(known), request.id, known)
        return empty_pb2.Empty()

    # What it does not offer.

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> NoReturn:
        _not_implemented(context, f"the function {request.tok}")

    def Call(self, request: Any, context: grpc.ServicerContext) -> NoReturn:
        _not_implemented(context, f"the method {request.tok}")

    def Construct(self, request: Any, context: grpc.ServicerContext) -> NoReturn:
        _not_implemented(context, f"the component {request.type}")

    def _configured(self) -> Session:
        if self._session is None:
            raise ProviderError("the provider has not been configured")
        return self._session

    def _aws(self, values: dict[str, Any]) -> Aws:
        session = self._configured()
        return Aws(session, values.get("region") or session.region)


def _resource(request: Any, context: grpc.ServicerContext) -> Resource:
    """The type a request is about, from its type or its URN (`urn:pulumi:stack::project::parent$type::name`)."""
    token = request.type or request.urn.split("::")[2].rpartition("$")[2]
    resource = resource_types().get(token)
    if resource is None:
        _not_implemented(context, f"the resource type {token}")
    return resource


def _not_implemented(context: grpc.ServicerContext, what: str) -> NoReturn:
    context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the sandbox's provider does not implement {what}")
    raise AssertionError("abort returns never")


def _abort_half_made(context: grpc.ServicerContext, half: operations.HalfMade) -> NoReturn:
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
def serving(provider: Provider) -> Iterator[int]:
    """Serve on a free port of loopback, given back, until the block ends."""
    # The engine sends whole policies and states; gRPC's 4 MB default is the limit it knows, and it lifts it too.
    limits = [("grpc.max_receive_message_length", 400 << 20), ("grpc.max_send_message_length", 400 << 20)]
    server = grpc.server(ThreadPoolExecutor(_THREADS), options=limits)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(grace=1.0).wait()


def main() -> None:
    """Run the plugin: print the port, then serve until the engine ends this process or is gone itself."""
    # The engine is the parent, and a killed one cannot say goodbye. Where it is gone already, the port cannot be written.
    engine = os.getppid()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with serving(Provider()) as port:
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        while not stop.wait(1.0) and os.getppid() == engine:
            pass
