"""The hardest case of recovery: everything was made and nothing was recorded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from service.engine.aws import Accounts
from service.engine.finders import FINDERS, Place
from service.engine.outcome import Step
from service.engine.recovery import unrecorded
from service.jobs.places import place_of
from service.models import Source
from service.wish import wish_of
from tests.engine.conftest import Lab
from tests.engine.test_stacks import run
from tests.support.sandbox import LOG

pytestmark = pytest.mark.engine


OF_OTHER_KINDS = {"aws:cloudtrail/trail:Trail", "aws:route53/queryLog:QueryLog"}


def places(lab: Lab, source: Source) -> Callable[[Step], Place]:
    """Where each step of the source's stack is."""
    wish = wish_of(source, lab.environment)
    return lambda step: place_of(step, wish)


def test_a_pipeline_whose_state_is_lost_is_adopted_whole_and_left_as_it_was(lab: Lab, tmp_path: Path) -> None:
    source = lab.source("lost")
    task = lab.task("up", source)
    (tmp_path / "aws.ini").write_text(task.aws_config)
    first, _ = run(lab, task, tmp_path / "first")
    assert first.ok, first.log
    keys = lab.sandbox.client("kms", LOG).list_keys()["Keys"]

    planned, _ = run(lab, lab.task("preview", source), tmp_path / "preview")
    accounts = Accounts(tmp_path / "aws.ini", lab.sandbox.url)
    adopt = unrecorded(planned.steps, accounts, places(lab, source))
    assert {key.partition("::")[0] for key in adopt} == set(FINDERS) - OF_OTHER_KINDS

    again, _ = run(lab, lab.task("up", source, adopt=adopt, refresh=True), tmp_path / "again")
    assert again.ok, again.log
    assert again.outputs == first.outputs
    assert lab.sandbox.client("kms", LOG).list_keys()["Keys"] == keys
    settled, _ = run(lab, lab.task("up", source, checkpoint=again.checkpoint), tmp_path / "settled")
    assert settled.changes == {
        "create": 0,
        "update": 0,
        "delete": 0,
        "replace": 0,
        "same": first.changes["create"],
    }
    for number in range(2):
        check, _ = run(
            lab, lab.task("drift", source, checkpoint=settled.checkpoint), tmp_path / f"check-{number}"
        )
        assert (check.ok, [(s.name, s.properties) for s in check.steps]) == (True, [])


def test_where_nothing_was_made_nothing_is_adopted(lab: Lab, tmp_path: Path) -> None:
    """Asked under the deploy roles, which may not look at what is not theirs by name."""
    source = lab.source("never")
    task = lab.task("preview", source)
    (tmp_path / "aws.ini").write_text(task.aws_config)
    planned, _ = run(lab, task, tmp_path / "preview")
    assert planned.ok, planned.log
    accounts = Accounts(tmp_path / "aws.ini", lab.sandbox.url)
    assert unrecorded(planned.steps, accounts, places(lab, source)) == {}
