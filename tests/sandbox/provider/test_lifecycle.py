"""Every resource type through its whole life, against the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import pytest

from service.sandbox.catalog import resource_types
from tests.sandbox.provider.cases import CASES, Case, Clients, Values, clients_of
from tests.support.plugin import Live, Plugin
from tests.support.sandbox import Sandbox

_NUMBERS = count(1)


@dataclass
class Made:
    """An object made by the plugin, and what it took."""

    case: Case
    plugin: Plugin
    clients: Clients
    names: Values
    news: Values
    inputs: Values
    live: Live

    def refreshed(self) -> Live | None:
        """The object as Read shows it now."""
        return self.plugin.read(self.case.token, self.live.id, self.live)


@pytest.fixture(params=CASES, ids=lambda case: case.token.rpartition(":")[2])
def case(request: pytest.FixtureRequest) -> Case:
    """One resource type."""
    found: Case = request.param
    return found


@pytest.fixture
def make(sandbox: Sandbox, plugin: Plugin) -> Callable[[Case], Made]:
    """Makes an object of a case, with what it needs."""

    def build(case: Case) -> Made:
        clients = clients_of(sandbox)
        names = case.needs(clients, f"thing-{next(_NUMBERS)}")
        news = case.inputs(names)
        inputs = plugin.checked(case.token, news)
        id, outputs = plugin.create(case.token, inputs)
        assert id
        return Made(case, plugin, clients, names, news, inputs, Live(id, outputs, inputs))

    return build


def test_every_type_of_the_catalogue_has_a_case() -> None:
    assert {case.token for case in CASES} == set(resource_types())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.token.rpartition(":")[2])
def test_a_case_shows_a_change_in_place_where_there_is_one_and_a_replacement(case: Case) -> None:
    inputs = resource_types()[case.token].inputs
    assert case.replace.keys() <= {name for name, prop in inputs.items() if prop.replaces}
    assert case.replace
    assert bool(case.changed) == any(not prop.replaces for prop in inputs.values())


def test_what_was_made_reads_back_without_a_difference(case: Case, make: Callable[[Case], Made]) -> None:
    made = make(case)
    seen = made.refreshed()
    assert seen is not None
    assert made.plugin.diff(case.token, seen, made.inputs) == []
    assert seen.inputs == made.inputs
    assert seen.outputs == made.live.outputs


def test_a_planned_creation_knows_its_inputs_and_leaves_the_rest_open(
    case: Case, make: Callable[[Case], Made]
) -> None:
    made = make(case)
    id, planned = made.plugin.create(case.token, made.inputs, preview=True)
    assert id == ""
    for name, value in planned.items():
        if name in made.inputs:
            assert value == made.inputs[name]
    # Whatever a real creation gives must have been announced, or dependants would see it for nothing in a plan.
    assert made.live.outputs.keys() <= planned.keys() | {"ownerId", "owner"}


def test_an_update_reaches_what_it_can_change(case: Case, make: Callable[[Case], Made]) -> None:
    made = make(case)
    wanted = made.plugin.checked(case.token, {**made.news, **case.change(made.names)}, made.inputs)
    changes = made.plugin.diff(case.token, made.live, wanted)
    assert tuple(change.path for change in changes) == tuple(sorted(case.changed))
    assert not any(change.replaces for change in changes)
    if not changes:
        return
    made.plugin.update(case.token, made.live, wanted, preview=True)
    unchanged = made.refreshed()
    assert unchanged is not None
    assert made.plugin.diff(case.token, unchanged, made.inputs) == []
    outputs = made.plugin.update(case.token, made.live, wanted)
    seen = made.plugin.read(case.token, made.live.id, Live(made.live.id, outputs, wanted))
    assert seen is not None
    assert made.plugin.diff(case.token, seen, wanted) == []


def test_some_changes_make_a_new_object(case: Case, make: Callable[[Case], Made]) -> None:
    made = make(case)
    wanted = made.plugin.checked(case.token, {**made.news, **case.replace}, made.inputs)
    changes = made.plugin.diff(case.token, made.live, wanted)
    assert {change.path for change in changes if change.replaces} == set(case.replace)


def test_a_replacement_takes_the_place_of_the_old_object(case: Case, make: Callable[[Case], Made]) -> None:
    made = make(case)
    names = case.needs(made.clients, f"thing-{next(_NUMBERS)}")
    # A key has no name, so that nothing of it would be another one.
    news = case.inputs(names) | (case.replace if case.token == "aws:kms/key:Key" else {})
    wanted = made.plugin.checked(case.token, news, made.inputs)
    assert any(change.replaces for change in made.plugin.diff(case.token, made.live, wanted))
    id, outputs = made.plugin.create(case.token, wanted)
    made.plugin.delete(case.token, made.live)
    seen = made.plugin.read(case.token, id, Live(id, outputs, wanted))
    assert seen is not None
    assert made.plugin.diff(case.token, seen, wanted) == []


def test_a_change_by_hand_is_seen_where_it_was_made(case: Case, make: Callable[[Case], Made]) -> None:
    made = make(case)
    if case.token.startswith(("aws:s3/bucketVersioning", "aws:kms/alias")):
        # These two are changed away first, so that the change by hand is one.
        wanted = made.plugin.checked(case.token, {**made.news, **case.change(made.names)}, made.inputs)
        outputs = made.plugin.update(case.token, made.live, wanted)
        made.inputs, made.live = wanted, Live(made.live.id, outputs, wanted)
    case.by_hand(made.clients, made.names, made.live.id)
    seen = made.refreshed()
    if not case.drifted:
        assert seen is None
        return
    assert seen is not None
    paths = [change.path for change in made.plugin.diff(case.token, seen, made.inputs)]
    assert any(path == case.drifted or path.startswith(case.drifted) for path in paths), paths
    # And a repair takes it away again.
    made.plugin.update(case.token, seen, made.inputs)
    repaired = made.refreshed()
    assert repaired is not None
    assert made.plugin.diff(case.token, repaired, made.inputs) == []


def test_a_deleted_object_is_gone_and_may_be_deleted_again(case: Case, make: Callable[[Case], Made]) -> None:
    made = make(case)
    made.plugin.delete(case.token, made.live)
    seen = made.refreshed()
    if case.token in LEFT_WITH_DEFAULTS:
        assert seen is not None
        assert made.plugin.diff(case.token, seen, made.inputs) != []
    else:
        assert seen is None
    made.plugin.delete(case.token, made.live)


LEFT_WITH_DEFAULTS = {
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketNotification:BucketNotification",
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:cfg/recorderStatus:RecorderStatus",
}
"""Settings that AWS cannot be without: deleting them leaves the default."""


def test_an_object_is_imported_by_the_id_of_the_documentation(
    case: Case, make: Callable[[Case], Made]
) -> None:
    made = make(case)
    seen = made.plugin.read(case.token, case.import_id(made.names, made.live.id))
    assert seen is not None
    assert seen.id == made.live.id
    differing = {change.path for change in made.plugin.diff(case.token, seen, made.inputs)}
    # What AWS keeps nowhere is known to the program alone.
    assert differing <= {"deletionWindowInDays", "instanceRefresh", "updateDefaultVersion"}


def test_an_import_of_what_is_not_there_answers_nothing(case: Case, make: Callable[[Case], Made]) -> None:
    made = make(case)
    id = case.import_id(made.names, made.live.id)
    absent = id.replace(made.names["name"], "absent") if made.names["name"] in id else NO_KEY
    assert made.plugin.read(case.token, absent) is None


NO_KEY = "11111111-2222-3333-4444-555555555555"
"""Of the types, a key alone has an id that holds no name."""
