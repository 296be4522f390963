"""What the accounts say about a wish is known before anything is made: in a dry run, in a preview, and at an apply."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.deployment import LOG, PRODUCTION, Deployment

pytestmark = pytest.mark.engine


def _body(name: str, *groups: str) -> dict[str, Any]:
    spec = {"log_groups": list(groups)}
    return {"name": name, "environment": "default", "kind": "cloudwatch", "team": "payments", "spec": spec}


def _errors(findings: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(f["code"], f["field"]) for f in findings if f["severity"] == "ERROR"]


def test_a_dry_run_asks_aws_and_leaves_nothing_behind(running: Deployment) -> None:
    there, gone = "/aws/lambda/payments-asked", "/aws/lambda/payments-never-made"
    running.make_group(there)
    before = [bucket["Name"] for bucket in running.aws("s3", LOG).list_buckets()["Buckets"]]

    answer = running.api("POST", "/v1/sources?dry_run=true", _body("only-asked", there, gone))
    assert answer.status_code == 200, answer.text
    assert _errors(answer.json()["findings"]) == [("log_group_missing", "/spec/log_groups/1")]

    fine = running.api("POST", "/v1/sources?dry_run=true", _body("only-asked", there))
    assert _errors(fine.json()["findings"]) == []
    assert running.api("GET", "/v1/sources?name=only-asked").json()["items"] == []
    assert [bucket["Name"] for bucket in running.aws("s3", LOG).list_buckets()["Buckets"]] == before


def test_a_source_that_stands_is_not_reproached_with_what_it_has(running: Deployment) -> None:
    source = running.ready(running.request("stands")["id"])
    spec = {**source["spec"], "retention_days": 500}
    answer = running.api("PUT", f"/v1/sources/{source['id']}?dry_run=true", {"spec": spec}, If_Match="*")
    assert answer.status_code == 200, answer.text
    assert _errors(answer.json()["findings"]) == []
    preview = running.operate(source["id"], "preview")
    assert (preview["state"], _errors(preview["findings"])) == ("succeeded", [])


def test_an_apply_that_is_refused_tells_everything_that_was_found(running: Deployment) -> None:
    body = _body("refused-twice", "/aws/lambda/payments-gone-1", "/aws/lambda/payments-gone-2")
    source = running.settled(running.api("POST", "/v1/sources", body).json()["id"])
    assert source["status"]["phase"] == "stalled"
    [listed] = running.api("GET", f"/v1/operations?source={source['id']}").json()["items"]
    operation = running.api("GET", f"/v1/operations/{listed['id']}").json()
    assert operation["error"]["code"] == "log_group_missing"
    assert "And 1 more" in operation["error"]["message"]
    assert _errors(operation["findings"]) == [
        ("log_group_missing", "/spec/log_groups/0"),
        ("log_group_missing", "/spec/log_groups/1"),
    ]


def test_a_deploy_role_that_was_cut_back_is_found_out_before_half_a_pipeline_stands(
    running: Deployment,
) -> None:
    running.make_group("/aws/lambda/payments-cut-back")
    iam = running.aws("iam", PRODUCTION)
    deny = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"firehose:CreateDeliveryStream","Resource":"*"}]}'
    iam.put_role_policy(RoleName="logflume-deploy", PolicyName="cut-back", PolicyDocument=deny)
    try:
        asked = running.api("POST", "/v1/sources", _body("cut-back", "/aws/lambda/payments-cut-back"))
        source = running.settled(asked.json()["id"])
        [operation] = running.api("GET", f"/v1/operations?source={source['id']}").json()["items"]
        assert operation["error"]["code"] == "permission_missing"
        assert "firehose:CreateDeliveryStream" in operation["error"]["message"]
        names = [bucket["Name"] for bucket in running.aws("s3", LOG).list_buckets()["Buckets"]]
        assert not [name for name in names if "cut-back" in name]
    finally:
        iam.delete_role_policy(RoleName="logflume-deploy", PolicyName="cut-back")
    assert running.operate(source["id"], "apply")["state"] == "succeeded"
