"""The provider protocol (pulumirpc.ResourceProvider) over the catalogue: one process, one provider configuration."""

from __future__ import annotations

import importlib.metadata
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from service.plugin.server import Servicer, answering, run, token_of
from service.plugin.values import from_struct, to_struct
from service.sandbox.catalog import resource_types
from service.sandbox.catalog.errors import ProviderError
from service.sandbox.catalog.resource import Resource
from service.sandbox.provider import operations
from service.sandbox.provider.aws import Aws, ProviderConfig, Session

_KINDS = {
    ("add", False): provider_pb2.PropertyDiff.ADD,
    ("add", True): provider_pb2.PropertyDiff.ADD_REPLACE,
    ("update", False): provider_pb2.PropertyDiff.UPDATE,
    ("update", True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
    ("delete", False): provider_pb2.PropertyDiff.DELETE,
    ("delete", True): provider_pb2.PropertyDiff.DELETE_REPLACE,
}


class Provider(Servicer):
    """The servicer. What its calls share is the session, which locks for itself."""

    called = "the sandbox's provider"
    version = importlib.metadata.version("pulumi-aws")

    def __init__(self) -> None:
        super().__init__()
        self._session: Session | None = None

    # Its configuration.

    @answering
    def CheckConfig(self, request: Any, _context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        try:
            ProviderConfig.parse(from_struct(request.news))
        except ProviderError as error:
            return provider_pb2.CheckResponse(failures=[provider_pb2.CheckFailure(reason=str(error))])
        return provider_pb2.CheckResponse(inputs=request.news)

    @answering
    def Configure(self, request: Any, _context: grpc.ServicerContext) -> provider_pb2.ConfigureResponse:
        config = ProviderConfig.parse(from_struct(request.args))
        self._session = operations.configured(config, self.cancelled)
        return provider_pb2.ConfigureResponse(supportsPreview=True, acceptOutputs=True)

    # Its resources.

    @answering
    def Check(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        resource = self._resource(request, context)
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
        resource = self._resource(request, context)
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
        resource, inputs = self._resource(request, context), from_struct(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=to_struct(operations.planned(resource, inputs)))
        id, outputs = operations.create(resource, self._aws(inputs), inputs)
        return provider_pb2.CreateResponse(id=id, properties=to_struct(outputs))

    @answering
    def Read(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        resource, known = self._resource(request, context), from_struct(request.properties)
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
            self._resource(request, context),
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
        resource, known = self._resource(request, context), from_struct(request.properties)
        operations.delete(resource, self._aws(known), request.id, known)
        return empty_pb2.Empty()

    def _configured(self) -> Session:
        if self._session is None:
            raise ProviderError("the provider has not been configured")
        return self._session

    def _aws(self, values: dict[str, Any]) -> Aws:
        session = self._configured()
        return Aws(session, values.get("region") or session.region)

    def _resource(self, request: Any, context: grpc.ServicerContext) -> Resource:
        token = token_of(request)
        resource = resource_types().get(token)
        if resource is None:
            self.refuse(context, f"the resource type {token}")
        return resource


def main() -> None:
    """Run the plugin."""
    run(Provider())
