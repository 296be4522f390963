"""What can be asked for, and where."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from programs.kinds import KINDS


def offered(client: TestClient) -> dict[tuple[str, str | None], dict[str, Any]]:
    """Each kind and each preset as it is shown."""
    found: dict[tuple[str, str | None], dict[str, Any]] = {}
    for kind in client.get("/v1/kinds").json():
        found[kind["name"], None] = kind
        found |= {(kind["name"], preset["name"]): preset for preset in kind["presets"]}
    return found


def test_every_kind_and_preset_comes_with_all_that_a_form_needs(requester: TestClient) -> None:
    found = offered(requester)

    assert found.keys() == {(kind.name, p) for kind in KINDS.values() for p in (None, *kind.presets)}
    for (name, preset), shown in found.items():
        offer = KINDS[name].offer(preset)
        assert (shown["title"], shown["description"]) == (offer.title, offer.description)
        schema = shown["spec_schema"]
        assert set(schema["properties"]) == set(offer.spec_model.model_fields)
        assert set(shown["defaults"]) == set(schema["properties"]) - set(schema.get("required", ()))
        offer.spec_model.model_validate(shown["example"])


def test_the_defaults_of_a_preset_choose_it(requester: TestClient) -> None:
    presets = {key: shown for key, shown in offered(requester).items() if key[1] is not None}

    assert presets
    for (_, preset), shown in presets.items():
        assert shown["defaults"]["preset"] == preset
        assert shown["spec_schema"]["properties"]["preset"]["const"] == preset


@pytest.mark.parametrize("path", ["/v1/kinds", "/v1/environments"])
def test_whoever_may_look_may_look_at_these(as_: Any, path: str) -> None:
    assert as_("dev-viewer").get(path).status_code == 200
    assert as_("").get(path).status_code == 401


def test_an_environment_tells_who_reads_and_by_which_principal(requester: TestClient) -> None:
    [environment] = requester.get("/v1/environments").json()

    assert environment["consumers"] == [
        {"name": "siem", "type": "elastic", "principal": "arn:aws:iam::333333333333:role/siem"},
        {"name": "lake", "type": "vector", "principal": "arn:aws:iam::333333333333:role/lake"},
    ]
