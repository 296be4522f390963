"""Check 14, as far as the account knows it: the network and the image of syslog servers are there."""

from __future__ import annotations

from typing import Any

from programs.finding import Finding
from programs.syslog.place import SyslogPlace
from service.preflight import networks
from tests.preflight.scene import Scene, fresh
from tests.support.sandbox import PRODUCTION


def _place(scene: Scene, **changes: Any) -> dict[str, Any]:
    """The account's own network and one of the images there are."""
    ec2 = scene.root("ec2", PRODUCTION)
    subnets = ec2.describe_subnets()["Subnets"]
    image = ec2.describe_images()["Images"][0]["ImageId"]
    named = {"vpc_id": subnets[0]["VpcId"], "subnet_ids": [each["SubnetId"] for each in subnets[:2]]}
    return {**named, "image": image, **changes}


def _found(scene: Scene, **changes: Any) -> list[tuple[str, str]]:
    named = SyslogPlace.model_validate(_place(scene, **changes))
    view = scene.view(fresh().model_copy(update={"syslog": named}))
    found: list[Finding] = list(networks.place(view))
    assert {finding.field for finding in found} <= {"/environment"}
    return [(finding.severity, finding.code) for finding in found]


def test_a_network_of_several_zones_and_an_image_are_fine(scene: Scene) -> None:
    assert _found(scene) == []
    assert _found(scene, image="resolve:ssm:/logflume/syslog-image") == []


def test_a_subnet_that_is_not_there_is_named(scene: Scene) -> None:
    assert _found(scene, subnet_ids=["subnet-0123456789abcdef0"]) == [("ERROR", "subnet_missing")]


def test_a_subnet_of_another_network_is_refused(scene: Scene) -> None:
    assert _found(scene, vpc_id="vpc-0123456789abcdef0") == [("ERROR", "subnet_elsewhere")]


def test_one_zone_is_one_too_few(scene: Scene) -> None:
    one = _place(scene)["subnet_ids"][:1]
    assert _found(scene, subnet_ids=one) == [("WARNING", "one_zone")]


def test_an_image_that_is_not_there_is_named(scene: Scene) -> None:
    assert _found(scene, image="ami-0123456789abcdef0") == [("ERROR", "image_missing")]


def test_an_environment_without_a_place_is_refused_by_its_words_already(scene: Scene) -> None:
    assert list(networks.place(scene.view(fresh(syslog=None)))) == []
