"""A bucket that was there before: noted first, never deleted, given back when the source is retired."""

from __future__ import annotations

from programs import program_for
from programs.deploy.documents import boundary_document, deploy_permissions
from programs.deploy.spec import BootstrapSpec
from programs.documents import render
from tests.programs.recording import run
from tests.programs.wishes import LOG, REGION, wish

THEIRS = {"adopt_bucket": "old-logs"}


def test_it_is_noted_before_anything_is_laid_over_it() -> None:
    found = run(program_for(wish(THEIRS)))[0]
    assert found["bucket-found"].inputs["bucket"] == "old-logs"
    assert found["bucket"].inputs["bucket"] == "old-logs"
    assert found["bucket"].depends_on == {"bucket-found"}
    assert "arn:aws:s3:::old-logs/*" in found["bucket-policy"].inputs["policy"]


def test_it_is_never_deleted_and_so_may_leave_the_stack() -> None:
    bucket = run(program_for(wish(THEIRS)))[0]["bucket"]
    assert (bucket.retain, bucket.protect) == (True, False)


def test_retiring_gives_it_back_and_keeps_key_and_copy() -> None:
    found, outputs = run(program_for(wish(THEIRS, stage="retired")))
    assert not {"bucket", "bucket-found", "bucket-policy", "lifecycle", "replication"} & found.keys()
    assert {"key", "replica-bucket", "replica-key", "replica-lifecycle"} <= found.keys()
    assert found["key"].protect
    assert outputs["bucket"] == "old-logs"


def test_the_copy_has_a_name_of_ours() -> None:
    copy = run(program_for(wish(THEIRS)))[0]["replica-bucket"].inputs["bucket"]
    assert copy == run(program_for(wish()))[0]["replica-bucket"].inputs["bucket"]


def test_roles_reach_the_buckets_that_are_named_and_no_others() -> None:
    for side, account in (("log", LOG), ("production", "111111111111")):
        spec = BootstrapSpec.model_validate(
            {
                "side": side,
                "account_id": account,
                "region": REGION,
                "profile": f"logflume-{side}",
                "service_principal": "arn:aws:iam::333333333333:user/logflume",
                "external_id": "id",
                "adoptable_buckets": ["old-logs"],
            }
        )
        texts = [render(boundary_document(spec)), *map(render, deploy_permissions(spec).values())]
        assert any('"arn:aws:s3:::old-logs/*"' in text for text in texts), side
        assert not any('"arn:aws:s3:::*' in text for text in texts), side
