"""When something last came into a store: from its newest keys, or from the service that delivers by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from programs.names import names_of
from programs.wish import Wish
from service.freshness.seen import Seen, last_delivery
from tests.preflight.scene import Scene, fresh
from tests.support.sandbox import LOG, REGION

NOW = datetime.now(UTC)


def store(scene: Scene, asked: Wish) -> Any:
    """The bucket of a source; returns a way to put an object that is from so many hours ago."""
    s3, name = scene.root("s3", LOG), names_of(asked).bucket
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})

    def put(hours: int, prefix: str = "logs/") -> datetime:
        key = f"{prefix}{NOW - timedelta(hours=hours):%Y/%m/%d/%H}/object-{hours}"
        s3.put_object(Bucket=name, Key=key, Body=b"x")
        return datetime.fromisoformat(s3.head_object(Bucket=name, Key=key)["LastModified"].isoformat())

    return put


def _seen(scene: Scene, asked: Wish, known: datetime | None = None) -> Seen:
    return last_delivery(asked, scene.view(asked).accounts, known, NOW)


def test_a_store_without_objects_has_had_no_delivery(scene: Scene) -> None:
    asked = fresh()
    put = store(scene, asked)
    assert _seen(scene, asked) == Seen(None)
    put(0, prefix="errors/")
    assert _seen(scene, asked) == Seen(None), "what could not be processed is no delivery"


def test_the_newest_object_counts_and_old_keys_are_not_listed(scene: Scene) -> None:
    asked = fresh()
    put = store(scene, asked)
    put(30)
    assert _seen(scene, asked) == Seen(None), "older than the first look goes back"
    last = put(2)
    assert _seen(scene, asked) == Seen(last)
    assert _seen(scene, asked, known=NOW) == Seen(None), "nothing since then"
    assert _seen(scene, asked, known=NOW - timedelta(hours=1)) == Seen(last)


class _Client:
    """Answers as a service does whose deliveries this test has no need to make."""

    def __init__(self, **answers: dict[str, Any]) -> None:
        self._answers = answers
        self.asked: list[dict[str, Any]] = []

    def client(self, *_: str) -> _Client:
        return self

    def __getattr__(self, operation: str) -> Any:
        def answer(**params: Any) -> dict[str, Any]:
            self.asked.append(params)
            return self._answers[operation]

        return answer


@pytest.mark.parametrize(
    ("status", "seen"),
    [
        ({"IsLogging": True}, Seen(None)),
        ({"LatestDeliveryTime": NOW, "LatestDeliveryError": ""}, Seen(NOW)),
        ({"LatestDeliveryTime": NOW, "LatestDeliveryError": "AccessDenied"}, Seen(NOW, "AccessDenied")),
    ],
)
def test_a_trail_says_it_itself(status: dict[str, Any], seen: Seen) -> None:
    asked = fresh_trail()
    client = _Client(get_trail_status=status)
    assert last_delivery(asked, client, None, NOW) == seen  # type: ignore[arg-type]  # stands for `Accounts`.
    assert client.asked == [{"Name": names_of(asked).trail}]


def fresh_trail() -> Wish:
    values = fresh().model_dump() | {"kind": "cloudtrail", "spec": {}}
    return Wish.model_validate(values)


@pytest.mark.parametrize(
    ("channel", "seen"),
    [
        ({}, Seen(None)),
        (
            {
                "configHistoryDeliveryInfo": {"lastStatus": "SUCCESS", "lastSuccessfulTime": NOW},
                "configSnapshotDeliveryInfo": {"lastSuccessfulTime": NOW - timedelta(hours=1)},
            },
            Seen(NOW),
        ),
        (
            {"configHistoryDeliveryInfo": {"lastStatus": "FAILURE", "lastErrorMessage": "no access"}},
            Seen(None, "no access"),
        ),
    ],
)
def test_a_delivery_channel_says_it_itself(channel: dict[str, Any], seen: Seen) -> None:
    asked = Wish.model_validate(fresh().model_dump() | {"kind": "config", "spec": {}})
    client = _Client(describe_delivery_channel_status={"DeliveryChannelsStatus": [channel]})
    assert last_delivery(asked, client, None, NOW) == seen  # type: ignore[arg-type]  # stands for `Accounts`.
