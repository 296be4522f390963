"""Where the syslog servers of an environment stand: configured by its administrators, never asked for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from programs.spec import Frozen

SubnetId = Annotated[str, StringConstraints(pattern=r"^subnet-[0-9a-f]{8,17}$")]


class SyslogPlace(Frozen):
    """Network and image of the servers, in the production account and region."""

    vpc_id: str = Field(pattern=r"^vpc-[0-9a-f]{8,17}$")
    subnet_ids: tuple[SubnetId, ...] = Field(min_length=1, max_length=6)
    """Private ones, a zone each, with a way to S3 and to EC2 Auto Scaling (NAT, or endpoints)."""
    image: str = Field(pattern=r"^(ami-[0-9a-f]{8,17}|resolve:ssm:/logflume/[A-Za-z0-9_.:/-]{1,1000})$")
    """An AMI with fluent-package and the AWS CLI, by id or by a Systems Manager parameter under `/logflume/` that names it
    ("Use AWS Systems Manager parameters instead of AMI IDs in launch templates", EC2 Auto Scaling User Guide)."""
    certificate_arn: str | None = Field(
        default=None, pattern=r"^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[0-9a-f-]+$"
    )
    """Of the name that clients send TLS to; without it there is no TLS."""
