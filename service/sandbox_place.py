"""The place of the sandbox's syslog servers: a network of two zones, an image and a certificate, as an administrator would have
made them in the production account before.
"""

from __future__ import annotations

from programs.spec import PRODUCTION_PROFILE
from service.engine.aws import Accounts

_NETWORK, _SUBNETS = "10.40.0.0/16", ("10.40.1.0/24", "10.40.2.0/24")


def syslog_table(accounts: Accounts, region: str) -> str:
    """Make what servers need and answer the environment's `[syslog]` table, in TOML."""
    ec2 = accounts.client(PRODUCTION_PROFILE, "ec2")
    vpc = ec2.create_vpc(CidrBlock=_NETWORK)["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=f"{region}{zone}")["Subnet"][
            "SubnetId"
        ]
        for block, zone in zip(_SUBNETS, "ab", strict=True)
    ]
    image = ec2.register_image(Name="fluent-package", Architecture="x86_64", RootDeviceName="/dev/xvda")
    certificate = accounts.client(PRODUCTION_PROFILE, "acm").request_certificate(DomainName="syslog.sandbox")
    quoted = ", ".join(f'"{subnet}"' for subnet in subnets)
    return (
        "[environments.default.syslog]\n"
        f'vpc_id = "{vpc}"\n'
        f"subnet_ids = [{quoted}]\n"
        f'image = "{image["ImageId"]}"\n'
        f'certificate_arn = "{certificate["CertificateArn"]}"\n'
    )
