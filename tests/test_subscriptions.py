"""Subscriptions are read from the environments file, and hold no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.environments import BadEnvironments, Environments
from service.subscriptions import USUAL, Sns, Webhook
from tests.jobs.world import ENVIRONMENTS

HEAD = "[[environments.default.notifications]]\n"
HOOK = HEAD + 'name = "hook"\ntype = "webhook"\nsecret_from = "env:A_SECRET"\nurl = "https://example.com/x"\n'
TOPIC = (
    HEAD + 'name = "bus"\ntype = "sns"\ntopic_arn = "arn:aws:sns:eu-west-3:333333333333:logflume"\n'
    'role_arn = "arn:aws:iam::333333333333:role/logflume-publisher"\nexternal_id = "hidden"\n'
)


def loaded(tmp_path: Path, text: str) -> Environments:
    path = tmp_path / "environments.toml"
    path.write_text(ENVIRONMENTS + text)
    return Environments.load(path)


def test_each_kind_is_read(tmp_path: Path) -> None:
    slack = HEAD + 'name = "ops"\ntype = "slack"\nurl_from = "file:/run/secrets/slack"\n'
    hook, ops, bus = loaded(tmp_path, HOOK + slack + TOPIC).get("default").notifications
    assert isinstance(hook, Webhook)
    assert isinstance(bus, Sns)
    assert (hook.events, ops.name, bus.region) == (USUAL, "ops", "eu-west-3")
    assert "hidden" not in repr(bus)
    assert "example.com" not in repr(hook)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HOOK.replace('secret_from = "env:A_SECRET"\n', ""), "secret_from"),
        (HOOK.replace("env:A_SECRET", "whsec_abc"), "secret_from"),
        (HOOK + 'url_from = "env:URL"\n', "either url or url_from"),
        (HOOK.replace('url = "https://example.com/x"\n', ""), "either url or url_from"),
        (HOOK.replace("https://", "ftp://"), "url"),
        (HOOK + 'events = ["source.exploded"]\n', "events"),
        (HOOK + "events = []\n", "events"),
        (HOOK + 'evnts = ["source.stalled"]\n', "evnts"),
        (HOOK.replace('"webhook"', '"pigeon"'), "webhook"),
        (HEAD + 'name = "ops"\ntype = "slack"\nurl = "https://hooks.slack.com/x"\n', "url_from"),
        (HOOK + HOOK, "two notifications have the same name"),
    ],
)
def test_what_cannot_work_is_refused_at_start(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(BadEnvironments, match=words) as refused:
        loaded(tmp_path, text)
    assert "hooks.slack.com" not in str(refused.value)
    assert "whsec_abc" not in str(refused.value)


def test_wants(tmp_path: Path) -> None:
    (every,) = loaded(tmp_path, HOOK).get("default").notifications
    (some,) = (
        loaded(tmp_path, HOOK + 'teams = ["payments"]\nevents = ["source.ready"]\n')
        .get("default")
        .notifications
    )
    assert every.wants("source.stalled", "orders")
    assert not every.wants("source.not_ready", "orders"), "it says what source.stalled says"
    assert some.wants("source.ready", "payments")
    assert not some.wants("source.ready", "orders")
    assert not some.wants("source.stalled", "payments")
