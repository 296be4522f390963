"""Several callers at once, and a commit that fails: what was answered is what is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from service import db
from service.auth import create_token

from .conftest import WISH, As, is_problem, rows

AT_ONCE = 4


def at_once(call: Callable[[int], Any]) -> list[Any]:
    """`call(0)` to `call(AT_ONCE - 1)`, begun together."""
    gate = Barrier(AT_ONCE)

    def one(number: int) -> Any:
        gate.wait(20)
        return call(number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def test_one_of_several_gets_the_name(as_: As, engine: Engine) -> None:
    clients = [as_("dev-requester") for _ in range(AT_ONCE)]
    answers = at_once(lambda n: clients[n].post("/v1/sources", json=WISH))
    assert Counter(a.status_code for a in answers) == {202: 1, 409: AT_ONCE - 1}
    for lost in (a for a in answers if a.status_code == 409):
        is_problem(lost, 409, "name_taken")
    assert (rows(engine)["source"], rows(engine)["procrastinate_jobs"]) == (1, 1)


def test_one_of_several_gets_the_only_recorder(as_: As, engine: Engine) -> None:
    clients = [as_("dev-requester") for _ in range(AT_ONCE)]
    wish = {**WISH, "kind": "config", "spec": {}}
    answers = at_once(lambda n: clients[n].post("/v1/sources", json={**wish, "name": f"config-{n}"}))
    assert Counter(a.status_code for a in answers) == {202: 1, 409: AT_ONCE - 1}
    holder = next(a.json()["name"] for a in answers if a.status_code == 202)
    for lost in (a for a in answers if a.status_code == 409):
        assert f"default/{holder}" in is_problem(lost, 409, "singleton_taken")["detail"]
    assert rows(engine)["source"] == 1


def test_one_key_at_once_makes_one_source(as_: As, engine: Engine) -> None:
    clients = [as_("dev-requester") for _ in range(AT_ONCE)]
    answers = at_once(lambda n: clients[n].post("/v1/sources", json=WISH, headers={"Idempotency-Key": "k"}))
    accepted = [a for a in answers if a.status_code == 202]
    assert len({a.text for a in accepted} | {a.headers["location"] for a in accepted}) >= 1
    assert len({a.json()["id"] for a in accepted}) == 1
    for other in (a for a in answers if a.status_code != 202):
        is_problem(other, 409, "idempotency_key_in_use")
    assert rows(engine)["source"] == 1


def test_one_of_several_changes_of_a_version_counts(as_: As, asked: dict[str, Any], engine: Engine) -> None:
    clients = [as_("dev-requester") for _ in range(AT_ONCE)]

    def change(number: int) -> Any:
        spec = {**WISH["spec"], "retention_days": 500 + number}
        return clients[number].put(
            f"/v1/sources/{asked['id']}", json={"spec": spec}, headers={"If-Match": '"1"'}
        )

    answers = at_once(change)
    assert Counter(a.status_code for a in answers) == {202: 1, 412: AT_ONCE - 1}
    assert rows(engine)["generation"] == 2


def test_one_of_several_approvers_counts(
    as_: As, requester: TestClient, operator: TestClient, asked: dict[str, Any], engine: Engine
) -> None:
    requester.delete(f"/v1/sources/{asked['id']}", headers={"If-Match": "*"})
    purge = operator.post(f"/v1/sources/{asked['id']}/purge", json={"confirm": asked["name"]}).json()
    with db.session(engine) as session:
        tokens = [create_token(session, f"operator-{n}", "operator") for n in range(AT_ONCE)]
    clients = [as_(token) for token in tokens]
    body = {"fingerprint": purge["fingerprint"]}
    answers = at_once(lambda n: clients[n].post(f"/v1/operations/{purge['id']}/approve", json=body))
    assert Counter(a.status_code for a in answers) == {202: 1, 409: AT_ONCE - 1}
    story = operator.get(f"/v1/operations/{purge['id']}/events", headers={"Accept": "application/json"})
    assert [line["name"] for line in story.json()["items"]] == ["awaiting_approval", "approved"]


def test_a_commit_that_fails_is_never_answered_as_done(requester: TestClient, engine: Engine) -> None:
    """A deferred trigger lets every statement pass and refuses the commit: the answer must come after that."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'refused at commit'; END $$"
            )
        )
        connection.execute(
            text(
                "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON source DEFERRABLE INITIALLY DEFERRED"
                " FOR EACH ROW EXECUTE FUNCTION refuse()"
            )
        )
    response = requester.post("/v1/sources", json=WISH)
    is_problem(response, 500, "internal")
    assert "refused at commit" not in response.text
    assert rows(engine)["source"] == rows(engine)["procrastinate_jobs"] == 0


def test_a_database_that_goes_away_at_the_commit_is_503(requester: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'going' USING ERRCODE = '57P01'; END $$"
            )
        )
        connection.execute(
            text(
                "CREATE CONSTRAINT TRIGGER gone AFTER INSERT ON source DEFERRABLE INITIALLY DEFERRED"
                " FOR EACH ROW EXECUTE FUNCTION gone()"
            )
        )
    response = requester.post("/v1/sources", json=WISH)
    is_problem(response, 503, "unavailable")
    assert int(response.headers["retry-after"]) > 0
    assert rows(engine)["source"] == 0
