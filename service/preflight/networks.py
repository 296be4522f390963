"""Syslog: the environment's subnets and image are there, so that servers can be launched and reached.

Sources: "Network Load Balancers" (a subnet a zone) and "Create a launch template" in the AWS guides;
DescribeSubnets and DescribeImages of the EC2 API reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from programs.finding import Finding
from programs.syslog.place import SyslogPlace

from .view import View, error, warning

_HINT = "An administrator corrects the environment's [syslog] table."


def place(view: View) -> Iterator[Finding]:
    """Subnets of the named network, in more zones than one, and the image."""
    named = view.wish.syslog
    if named is not None:
        yield from _subnets(view.production("ec2"), named)
        yield from _image(view.production("ec2"), named.image)


def _subnets(ec2: Any, named: SyslogPlace) -> Iterator[Finding]:
    found = _asked(ec2.describe_subnets, "Subnets", SubnetIds=list(named.subnet_ids))
    if found is None:
        told = f"One of the subnets {', '.join(named.subnet_ids)} does not exist."
        yield error("subnet_missing", "/environment", told, _HINT)
        return
    elsewhere = [subnet["SubnetId"] for subnet in found if subnet["VpcId"] != named.vpc_id]
    if elsewhere:
        told = f"{', '.join(elsewhere)} is not in {named.vpc_id}."
        yield error("subnet_elsewhere", "/environment", told, _HINT)
    if len({subnet["AvailabilityZone"] for subnet in found}) == 1:
        told = "All syslog servers stand in one zone: while it is away, nobody listens."
        yield warning("one_zone", "/environment", told, "An administrator names subnets of several zones.")


def _image(ec2: Any, image: str) -> Iterator[Finding]:
    """An image that a parameter names is looked up by EC2 alone, at each launch."""
    if image.startswith("ami-") and not _asked(ec2.describe_images, "Images", ImageIds=[image]):
        yield error(
            "image_missing", "/environment", f"The image {image} does not exist, or not for us.", _HINT
        )


def _asked(describe: Any, what: str, **ids: list[str]) -> list[dict[str, Any]] | None:
    """None where EC2 says that one of the ids is nobody's (`InvalidSubnetID.NotFound`, `InvalidAMIID.NotFound`)."""
    try:
        return list(describe(**ids)[what])
    except ClientError as refused:
        if refused.response["Error"]["Code"].endswith(".NotFound"):
            return None
        raise
