"""Logging is switched on at somebody's database or cluster, watched, changed, and put back as it was found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import grpc
import pytest

from service.plugin.values import Unknown
from tests.sandbox.databases import exports_of, make_aurora, make_cluster, make_instance, types_of
from tests.support.plugin import Live, Plugin, Values
from tests.support.sandbox import PRODUCTION, Sandbox

_NUMBERS = count(1)


@dataclass(frozen=True)
class Source:
    """Something that logs: how it is made with some types on, looked at, and changed by its owner."""

    token: str
    member: str
    types: tuple[str, str, str]
    make: Callable[[Sandbox, str, tuple[str, ...]], Any]
    on: Callable[[Sandbox, str], list[str]]
    switch: Callable[[Sandbox, str, list[str], list[str]], Any]


def _rds(sandbox: Sandbox) -> Any:
    return sandbox.client("rds", PRODUCTION)


def _eks(sandbox: Sandbox) -> Any:
    return sandbox.client("eks", PRODUCTION)


def _exports(on: list[str], off: list[str]) -> dict[str, list[str]]:
    return {"EnableLogTypes": on, "DisableLogTypes": off}


def _setups(on: list[str], off: list[str]) -> dict[str, Any]:
    halves = ((on, True), (off, False))
    return {"clusterLogging": [{"types": types, "enabled": flag} for types, flag in halves if types]}


SOURCES = {
    "instance": Source(
        "logflume:source:RdsLogExports",
        "instance",
        ("error", "general", "slowquery"),
        make=lambda s, name, types: make_instance(_rds(s), name, "mysql", *types),
        on=lambda s, name: exports_of(_rds(s), name),
        switch=lambda s, name, on, off: _rds(s).modify_db_instance(
            DBInstanceIdentifier=name, CloudwatchLogsExportConfiguration=_exports(on, off)
        ),
    ),
    "aurora": Source(
        "logflume:source:RdsLogExports",
        "cluster",
        ("audit", "error", "slowquery"),
        make=lambda s, name, types: make_aurora(_rds(s), name, "aurora-mysql", *types),
        on=lambda s, name: exports_of(_rds(s), name, cluster=True),
        switch=lambda s, name, on, off: _rds(s).modify_db_cluster(
            DBClusterIdentifier=name, CloudwatchLogsExportConfiguration=_exports(on, off)
        ),
    ),
    "eks": Source(
        "logflume:source:EksControlPlaneLogging",
        "cluster",
        ("api", "audit", "scheduler"),
        make=lambda s, name, types: make_cluster(_eks(s), PRODUCTION, name, *types),
        on=lambda s, name: types_of(_eks(s), name),
        switch=lambda s, name, on, off: _eks(s).update_cluster_config(name=name, logging=_setups(on, off)),
    ),
}


@dataclass
class Switched:
    """A source with its two resources, driven as the engine does: the note first, then the switches."""

    sandbox: Sandbox
    plugin: Plugin
    source: Source
    name: str
    found: Live
    logging: Live

    @property
    def on(self) -> list[str]:
        """The types that are on at the source."""
        return self.source.on(self.sandbox, self.name)

    def by_hand(self, on: tuple[str, ...] = (), off: tuple[str, ...] = ()) -> None:
        """The owner changes it."""
        self.source.switch(self.sandbox, self.name, [*on], [*off])

    def inputs(self, *types: str) -> Values:
        """Inputs of the note."""
        return {self.source.member: self.name, "types": [*types]}

    def change(self, *types: str) -> None:
        """Ask for other types."""
        note = self.inputs(*types)
        outputs = self.plugin.update(f"{self.source.token}Found", self.found, note)
        self.found = Live(self.found.id, outputs, note)
        wanted = {**note, "foundOn": outputs["on"]}
        self.logging = Live(
            self.logging.id, self.plugin.update(self.source.token, self.logging, wanted), wanted
        )

    def refresh(self) -> Live | None:
        """The switches as the plugin sees them."""
        return self.plugin.read(self.source.token, self.logging.id, self.logging)

    def retire(self) -> None:
        """The engine deletes what depends first."""
        self.plugin.delete(self.source.token, self.logging)
        self.plugin.delete(f"{self.source.token}Found", self.found)


@pytest.fixture(params=SOURCES, ids=str)
def source(request: pytest.FixtureRequest) -> Source:
    """One kind of source."""
    return SOURCES[request.param]


@pytest.fixture
def switch(sandbox: Sandbox, plugin: Plugin) -> Callable[..., Switched]:
    """Makes a source with `there` on, and its resources that want `types`."""

    def build(source: Source, types: tuple[str, ...], there: tuple[str, ...] = ()) -> Switched:
        name = f"source-{next(_NUMBERS)}"
        source.make(sandbox, name, there)
        note = plugin.checked(f"{source.token}Found", {source.member: name, "types": [*types]})
        id, outputs = plugin.create(f"{source.token}Found", note)
        found = Live(id, outputs, note)
        assert source.on(sandbox, name) == sorted(there), "the note changes nothing"
        wanted = plugin.checked(source.token, {**note, "foundOn": outputs["on"]})
        id, outputs = plugin.create(source.token, wanted)
        return Switched(sandbox, plugin, source, name, found, Live(id, outputs, wanted))

    return build


def test_what_is_missing_is_switched_on_and_only_that_goes_back(
    source: Source, switch: Callable[..., Switched]
) -> None:
    first, second, third = source.types
    made = switch(source, (first, second), there=(first, third))
    assert made.found.outputs["on"] == [first]
    assert made.on == [first, second, third]
    made.retire()
    assert made.on == [first, third]


def test_an_untouched_source_shows_no_drift(source: Source, switch: Callable[..., Switched]) -> None:
    made = switch(source, source.types[:2])
    made.by_hand(on=(source.types[2],))
    seen = made.refresh()
    assert seen is not None
    assert made.plugin.diff(source.token, seen, made.logging.inputs) == []
    note = made.plugin.read(f"{source.token}Found", made.found.id, made.found)
    assert note is not None
    assert made.plugin.diff(f"{source.token}Found", note, made.found.inputs) == []


def test_a_type_that_its_owner_switched_off_is_drift_and_is_mended(
    source: Source, switch: Callable[..., Switched]
) -> None:
    first, second, _ = source.types
    made = switch(source, (first, second), there=(first,))
    made.by_hand(off=(first, second))
    seen = made.refresh()
    assert seen is not None
    assert [change.path for change in made.plugin.diff(source.token, seen, made.logging.inputs)] == ["types"]
    made.plugin.update(source.token, seen, made.logging.inputs, preview=True)
    assert made.on == []
    made.plugin.update(source.token, seen, made.logging.inputs)
    assert made.on == [first, second]
    made.retire()
    assert made.on == [first], "it was on when it was found"


def test_other_types_are_switched_and_what_is_no_longer_wanted_goes_back(
    source: Source, switch: Callable[..., Switched]
) -> None:
    first, second, third = source.types
    made = switch(source, (first, second), there=(first,))
    made.by_hand(on=(third,))
    made.change(second, third)
    assert made.found.outputs["on"] == [third], "it was on when it was first wanted"
    assert made.on == [first, second, third]
    made.change(third)
    assert made.on == [first, third]
    made.retire()
    assert made.on == [first, third]


def test_a_run_that_died_while_switching_still_knows_what_to_put_back(
    source: Source, switch: Callable[..., Switched]
) -> None:
    first, second, _ = source.types
    made = switch(source, (first, second), there=(first,))
    # The engine never heard of the switches: it makes them again, with the note it has.
    id, outputs = made.plugin.create(source.token, made.logging.inputs)
    made.logging = Live(id, outputs, made.logging.inputs)
    made.retire()
    assert made.on == [first]


def test_a_source_that_is_gone_is_told_and_nothing_is_left_to_put_back(
    plugin: Plugin, source: Source, sandbox: Sandbox
) -> None:
    name = f"gone-{source.member}-{source.types[0]}"
    wanted = {source.member: name, "types": [*source.types], "foundOn": []}
    gone = Live(f"{source.member}/{name}", wanted, wanted)
    assert plugin.read(source.token, gone.id, gone) is None
    plugin.delete(source.token, gone)
    with pytest.raises(grpc.RpcError) as told:
        plugin.create(source.token, wanted)
    assert f"{name} in account {PRODUCTION}" in str(told.value.details())
    assert sandbox.process.poll() is None


def test_a_plan_changes_nothing_and_leaves_open_what_will_be_found(
    sandbox: Sandbox, plugin: Plugin, source: Source
) -> None:
    name = f"planned-{next(_NUMBERS)}"
    source.make(sandbox, name, ())
    note = {source.member: name, "types": [*source.types]}
    _, planned = plugin.create(f"{source.token}Found", note, preview=True)
    assert isinstance(planned["on"], Unknown)
    wanted = plugin.checked(source.token, {**note, "foundOn": planned["on"]})
    id, outputs = plugin.create(source.token, wanted, preview=True)
    assert (id, outputs["types"]) == ("", [*source.types])
    assert source.on(sandbox, name) == []


def test_another_source_is_another_resource(source: Source, plugin: Plugin) -> None:
    one = {source.member: "one", "types": [*source.types], "foundOn": []}
    other = {**one, source.member: "other", "types": [*reversed(source.types)]}
    changes = plugin.diff(source.token, Live("x", one, one), other)
    assert [(change.path, change.replaces) for change in changes] == [(source.member, True)]
