"""How the plugin answers where something is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from service import provider
from service.plugin.values import to_struct
from tests.sandbox.databases import make_instance
from tests.support.plugin import Plugin, aws_config, running_plugin
from tests.support.sandbox import LOG, PRODUCTION, REGION, Sandbox

EXPORTS = "logflume:source:RdsLogExports"
ARGUMENTS = {"profile": "logflume-production", "region": REGION, "allowedAccountIds": f'["{PRODUCTION}"]'}


@pytest.fixture
def fresh(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plugin]:
    """A plugin that nobody has configured."""
    config = aws_config(sandbox.url, **{"logflume-production": PRODUCTION})
    with running_plugin(tmp_path_factory.mktemp("fresh"), config, provider) as running:
        yield running


def told(call: Callable[..., Any], *arguments: Any, **named: Any) -> str:
    """The text of the error a call ends with."""
    with pytest.raises(grpc.RpcError) as caught:
        call(*arguments, **named)
    return str(caught.value.details())


def test_an_account_that_is_not_the_one_named_is_refused(fresh: Plugin) -> None:
    assert "AWS account ID not allowed: 111111111111" in told(
        fresh.configure, **ARGUMENTS | {"allowedAccountIds": f'["{LOG}"]'}
    )
    assert "no-such-profile" in told(fresh.configure, **ARGUMENTS | {"profile": "no-such-profile"})
    assert "has not been configured" in told(fresh.create, EXPORTS, {"instance": "x", "types": []})


def test_arguments_that_it_does_not_take_are_named(plugin: Plugin) -> None:
    for arguments, named in (
        ({"profile": "x"}, "region"),
        (ARGUMENTS | {"endpoint": "x"}, "endpoint"),
        (ARGUMENTS | {"allowedAccountIds": "[]"}, "one account"),
    ):
        answer = plugin.stub.CheckConfig(provider_pb2.CheckRequest(news=to_struct(arguments)))
        assert named in answer.failures[0].reason
    right = plugin.stub.CheckConfig(provider_pb2.CheckRequest(news=to_struct(ARGUMENTS)))
    assert not right.failures


@pytest.mark.parametrize(
    ("inputs", "failed"),
    [
        ({"types": ["error"], "foundOn": []}, {"instance"}),
        ({"instance": "a", "cluster": "b", "types": [], "foundOn": []}, {"instance"}),
        ({"instance": "a", "types": "error", "foundOn": []}, {"types"}),
        ({"instance": "a", "types": ["error"]}, {"foundOn"}),
        ({"instance": "a", "types": [], "foundOn": [], "engine": "mysql"}, {"engine"}),
    ],
)
def test_wrong_inputs_are_told_by_property(plugin: Plugin, inputs: dict[str, Any], failed: set[str]) -> None:
    assert set(plugin.check(EXPORTS, inputs)[1]) == failed


def test_a_refusal_of_aws_is_told_with_its_code_and_what_was_being_done(
    plugin: Plugin, sandbox: Sandbox
) -> None:
    make_instance(sandbox.client("rds", PRODUCTION), "refusing", "postgres")
    text = told(plugin.create, EXPORTS, {"instance": "refusing", "types": ["slowquery"], "foundOn": []})
    assert text.startswith(
        "switching on slowquery at DB instance refusing: An error occurred (InvalidParameter"
    )


def test_other_types_and_functions_are_named(plugin: Plugin) -> None:
    assert "logflume's provider does not implement the resource type logflume:source:Moon" in told(
        plugin.check, "logflume:source:Moon", {}
    )
    request = provider_pb2.InvokeRequest(tok="logflume:index:get", args=to_struct({}))
    assert "the function logflume:index:get" in told(plugin.stub.Invoke, request)


def test_the_plugin_says_its_version(plugin: Plugin) -> None:
    assert plugin.stub.GetPluginInfo(empty_pb2.Empty()).version == provider.VERSION
