"""The provider protocol over the resource types of `resources`."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from service.plugin.server import PluginError, Servicer, answering, token_of
from service.plugin.values import from_struct, to_struct
from service.provider import VERSION
from service.provider.aws import Aws, Config
from service.provider.kind import OwnResource
from service.provider.resources import RESOURCES


class Provider(Servicer):
    """The servicer: one process, one provider configuration."""

    called = "logflume's provider"
    version = VERSION

    def __init__(self) -> None:
        super().__init__()
        self._aws: Aws | None = None

    # Its configuration.

    @answering
    def CheckConfig(self, request: Any, _context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        try:
            Config.parse(from_struct(request.news))
        except PluginError as error:
            return provider_pb2.CheckResponse(failures=[provider_pb2.CheckFailure(reason=str(error))])
        return provider_pb2.CheckResponse(inputs=request.news)

    @answering
    def Configure(self, request: Any, _context: grpc.ServicerContext) -> provider_pb2.ConfigureResponse:
        self._aws = Aws.connect(Config.parse(from_struct(request.args)), self.cancelled)
        return provider_pb2.ConfigureResponse(supportsPreview=True, acceptOutputs=True)

    # Its resources.

    @answering
    def Check(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        inputs = {name: value for name, value in from_struct(request.news).items() if name != "__defaults"}
        failures = [
            provider_pb2.CheckFailure(property=name, reason=reason)
            for name, reason in self._resource(request, context).check(inputs)
        ]
        return provider_pb2.CheckResponse(inputs=to_struct(inputs), failures=failures)

    @answering
    def Diff(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        old = from_struct(request.old_inputs if request.HasField("old_inputs") else request.olds)
        changes = self._resource(request, context).diff(old, from_struct(request.news))
        ignored = set(request.ignoreChanges)
        changes = {name: replaces for name, replaces in changes.items() if name not in ignored}
        kinds = {False: provider_pb2.PropertyDiff.UPDATE, True: provider_pb2.PropertyDiff.UPDATE_REPLACE}
        some = provider_pb2.DiffResponse.DIFF_SOME if changes else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(
            changes=some,
            hasDetailedDiff=True,
            detailedDiff={
                name: provider_pb2.PropertyDiff(kind=kinds[replaces], inputDiff=True)
                for name, replaces in changes.items()
            },
            diffs=sorted(changes),
            replaces=sorted(name for name, replaces in changes.items() if replaces),
        )

    @answering
    def Create(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        resource, inputs = self._resource(request, context), from_struct(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=to_struct(resource.planned({}, inputs)))
        outputs = resource.make(self._configured(), inputs)
        return provider_pb2.CreateResponse(id=resource.id(inputs), properties=to_struct(outputs))

    @answering
    def Read(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        known = from_struct(request.properties)
        seen = self._resource(request, context).read(self._configured(), request.id, known)
        if seen is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=seen.id, properties=to_struct(seen.outputs), inputs=to_struct(seen.inputs)
        )

    @answering
    def Update(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        resource = self._resource(request, context)
        known, new = from_struct(request.olds), from_struct(request.news)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=to_struct(resource.planned(known, new)))
        return provider_pb2.UpdateResponse(
            properties=to_struct(resource.update(self._configured(), known, new))
        )

    @answering
    def Delete(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        self._resource(request, context).delete(self._configured(), from_struct(request.properties))
        return empty_pb2.Empty()

    def _resource(self, request: Any, context: grpc.ServicerContext) -> OwnResource:
        resource = RESOURCES.get(token_of(request))
        if resource is None:
            self.refuse(context, f"the resource type {token_of(request)}")
        return resource

    def _configured(self) -> Aws:
        if self._aws is None:
            raise PluginError("the provider has not been configured")
        return self._aws
