"""Who may do what, and whose token it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from service.auth import (
    SANDBOX_TOKENS,
    Action,
    Caller,
    Role,
    caller_of,
    caller_of_digest,
    create_token,
    digest,
    revoke_token,
)
from service.errors import Forbidden, Invalid, Unauthorized
from service.models import ApiToken, now
from service.settings import Settings

ACTIONS: tuple[Action, ...] = ("write", "operate", "cancel", "approve", "purge")


@pytest.mark.parametrize(
    ("role", "own", "others"),
    [
        ("viewer", set(), set()),
        ("requester", {"write", "operate"}, set()),
        ("operator", {"operate", "cancel", "approve", "purge"}, {"operate", "cancel", "approve", "purge"}),
        ("admin", set(ACTIONS), set(ACTIONS)),
    ],
)
def test_a_role_may_what_the_table_says(role: Role, own: set[str], others: set[str]) -> None:
    caller = Caller("c", role, "payments" if role == "requester" else None)
    assert {action for action in ACTIONS if caller.may(action, "payments")} == own
    assert {action for action in ACTIONS if caller.may(action, "orders")} == others


def test_a_refusal_names_who_and_what() -> None:
    with pytest.raises(
        Forbidden, match="requester dev of team payments may not write sources of team orders"
    ):
        Caller("dev", "requester", "payments").must("write", "orders")


def test_only_the_digest_of_a_token_is_stored(db_session: Session) -> None:
    token = create_token(db_session, "pipeline", "requester", "payments")
    row = db_session.exec(select(ApiToken)).one()
    assert row.digest == digest(token)
    assert token not in str(row.model_dump())
    assert caller_of(db_session, Settings(), f"bearer {token}") == Caller("pipeline", "requester", "payments")
    assert caller_of_digest(db_session, Settings(), digest(token)).name == "pipeline"


def test_a_token_ends_when_revoked_and_when_its_time_is_over(db_session: Session) -> None:
    token = create_token(db_session, "one-one", "viewer")
    late = create_token(db_session, "two-two", "viewer", expires_at=now() - timedelta(seconds=1))
    assert revoke_token(db_session, "one-one")
    assert not revoke_token(db_session, "one-one")
    assert not revoke_token(db_session, "none")
    for dead in (token, late):
        with pytest.raises(Unauthorized):
            caller_of(db_session, Settings(), f"Bearer {dead}")


@pytest.mark.parametrize(
    ("name", "role", "team", "field"),
    [
        ("X", "viewer", None, "/name"),
        ("dev-admin", "viewer", None, "/name"),
        ("taken", "viewer", None, "/name"),
        ("good", "requester", None, "/team"),
        ("good", "operator", "payments", "/team"),
        ("good", "king", None, "/role"),
    ],
)
def test_a_token_that_makes_no_sense_is_not_made(
    db_session: Session, name: str, role: Role, team: str | None, field: str
) -> None:
    create_token(db_session, "taken", "viewer")
    with pytest.raises(Invalid) as refused:
        create_token(db_session, name, role, team)
    assert [e.field for e in refused.value.errors] == [field]
    assert db_session.exec(select(col(ApiToken.name))).all() == ["taken"]


def test_the_sandbox_knows_four_people(db_session: Session) -> None:
    for token, caller in SANDBOX_TOKENS.items():
        assert caller_of(db_session, Settings(), f"Bearer {token}") == caller
