"""One of our plugins as a process of its own, driven as the engine drives it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from service.plugin.values import from_struct, to_struct
from service.sandbox import provider as stand_in
from service.sandbox.provider.diff import Change

Values = dict[str, Any]


def aws_config(endpoint: str, **profiles: str) -> str:
    """An AWS config file in which each profile is an account's root in the sandbox at `endpoint`."""
    parts = [
        f"[profile {name}]\nregion = eu-west-3\nendpoint_url = {endpoint}\n"
        f"aws_access_key_id = {account}\naws_secret_access_key = test\n"
        for name, account in profiles.items()
    ]
    return "\n".join(parts)


@dataclass(frozen=True)
class Live:
    """What the plugin says of an object: its id, outputs and inputs."""

    id: str
    outputs: Values
    inputs: Values


class Plugin:
    """The engine's side of one running plugin."""

    def __init__(self, stub: Any) -> None:
        self.stub = stub

    def configure(self, **arguments: Any) -> None:
        """Configure the provider; lists and objects are sent as JSON text by the SDK, so give them as such."""
        self.stub.Configure(provider_pb2.ConfigureRequest(args=to_struct(arguments), acceptSecrets=True))

    def check(self, token: str, news: Values, olds: Values | None = None) -> tuple[Values, dict[str, str]]:
        """The checked inputs, and the failures by property."""
        request = provider_pb2.CheckRequest(
            urn=urn(token), olds=to_struct(olds or {}), news=to_struct(news), randomSeed=b"seed"
        )
        answer = self.stub.Check(request)
        return from_struct(answer.inputs), {failure.property: failure.reason for failure in answer.failures}

    def checked(self, token: str, news: Values, olds: Values | None = None) -> Values:
        """The checked inputs, which must be right."""
        inputs, failures = self.check(token, news, olds)
        assert failures == {}
        return inputs

    def diff(self, token: str, live: Live, news: Values, ignore: tuple[str, ...] = ()) -> list[Change]:
        """What would change from the inputs of `live` to `news`."""
        answer = self.stub.Diff(
            provider_pb2.DiffRequest(
                id=live.id,
                urn=urn(token),
                olds=to_struct(live.outputs),
                old_inputs=to_struct(live.inputs),
                news=to_struct(news),
                ignoreChanges=ignore,
            )
        )
        assert answer.hasDetailedDiff
        assert (answer.changes == provider_pb2.DiffResponse.DIFF_SOME) == bool(answer.detailedDiff)
        return sorted(
            (_change(path, diff) for path, diff in answer.detailedDiff.items()), key=lambda c: c.path
        )

    def create(self, token: str, inputs: Values, preview: bool = False) -> tuple[str, Values]:
        """Make the object; its id and outputs."""
        request = provider_pb2.CreateRequest(urn=urn(token), properties=to_struct(inputs), preview=preview)
        answer = self.stub.Create(request)
        return answer.id, from_struct(answer.properties)

    def read(self, token: str, id: str, known: Live | None = None) -> Live | None:
        """The object as it is, or by its import id alone; None when it is gone."""
        request = provider_pb2.ReadRequest(id=id, urn=urn(token))
        if known is not None:
            request.properties.CopyFrom(to_struct(known.outputs))
            request.inputs.CopyFrom(to_struct(known.inputs))
        answer = self.stub.Read(request)
        if not answer.id:
            assert not answer.HasField("properties")
            assert not answer.HasField("inputs")
            return None
        return Live(answer.id, from_struct(answer.properties), from_struct(answer.inputs))

    def update(self, token: str, live: Live, news: Values, preview: bool = False) -> Values:
        """Change the object; its outputs."""
        answer = self.stub.Update(
            provider_pb2.UpdateRequest(
                id=live.id,
                urn=urn(token),
                olds=to_struct(live.outputs),
                old_inputs=to_struct(live.inputs),
                news=to_struct(news),
                preview=preview,
            )
        )
        return from_struct(answer.properties)

    def delete(self, token: str, live: Live) -> None:
        """Delete the object."""
        self.stub.Delete(
            provider_pb2.DeleteRequest(id=live.id, urn=urn(token), properties=to_struct(live.outputs))
        )

    def cancel(self) -> None:
        """What the engine sends when it is interrupted."""
        self.stub.Cancel(empty_pb2.Empty())


def urn(token: str) -> str:
    """A URN of a resource of this type, as the engine writes one."""
    return f"urn:pulumi:test::logflume::{token}::thing"


_KINDS = {
    "ADD": ("add", False),
    "ADD_REPLACE": ("add", True),
    "UPDATE": ("update", False),
    "UPDATE_REPLACE": ("update", True),
    "DELETE": ("delete", False),
    "DELETE_REPLACE": ("delete", True),
}


def _change(path: str, diff: Any) -> Change:
    kind, replaces = _KINDS[provider_pb2.PropertyDiff.Kind.Name(diff.kind)]
    return Change(path, kind, replaces)  # type: ignore[arg-type]  # The table holds the three kinds only.


@contextmanager
def running_plugin(folder: Path, config: str, which: ModuleType = stand_in) -> Iterator[Plugin]:
    """A plugin process, started by its wrapper script as the engine starts it; `config` is its AWS config file.

    `which` is the package of the plugin: the stand-in, or our own.
    """
    which.write_plugin_folder(folder, sys.executable)
    (folder / "aws.ini").write_text(config)
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    env |= {"AWS_CONFIG_FILE": str(folder / "aws.ini"), "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    process = subprocess.Popen(
        [str(folder / f"pulumi-resource-{which.NAME}"), "127.0.0.1:1"],
        stdout=subprocess.PIPE,
        env=env,
        cwd=folder,
    )
    assert process.stdout is not None
    try:
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Plugin(provider_pb2_grpc.ResourceProviderStub(channel))
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()
