"""Who may speak to whom: the load balancer's security group, the servers', and the rules between them."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from programs.accounts import tags_for, under
from programs.names import Names
from programs.syslog.fluentd import HEALTH_PORT, LISTEN_PORT
from programs.syslog.place import SyslogPlace
from programs.syslog.spec import SyslogSpec
from programs.wish import Wish

HTTPS = 443


@dataclass(frozen=True)
class ServerArgs:
    """What the production side is made from."""

    wish: Wish
    names: Names
    account: aws.Provider
    spec: SyslogSpec
    place: SyslogPlace


class Network(pulumi.ComponentResource):
    """Clients reach the load balancer, it alone reaches the servers, and they reach AWS's APIs.

    A rule may name the load balancer's group although clients keep their addresses ("Update the security groups for your
    Network Load Balancer", user guide for network load balancers). Health checks pass the same groups.
    """

    def __init__(self, name: str, args: ServerArgs) -> None:
        super().__init__("logflume:syslog:Network", name)
        self._args = args
        self.balancer = self._group("balancer", "Clients of")
        self.servers = self._group("servers", "Servers of")
        self.rules = [*self._clients(), *self._between(), self._out()]
        self.register_outputs({"balancer": self.balancer.id, "servers": self.servers.id})

    def _group(self, side: str, words: str) -> aws.ec2.SecurityGroup:
        logical = f"{side}-group"
        return aws.ec2.SecurityGroup(
            logical,
            name=f"{self._args.names.servers}-{side}",
            description=f"{words} {self._args.names.servers}",
            vpc_id=self._args.place.vpc_id,
            tags=tags_for(self._args.wish, logical),
            opts=under(self, self._args.account),
        )

    def _clients(self) -> list[pulumi.Resource]:
        spec = self._args.spec
        return [
            aws.vpc.SecurityGroupIngressRule(
                f"client:{protocol}:{network}",
                security_group_id=self.balancer.id,
                ip_protocol="udp" if protocol == "udp" else "tcp",
                from_port=spec.tls_port if protocol == "tls" else spec.port,
                to_port=spec.tls_port if protocol == "tls" else spec.port,
                cidr_ipv4=network,
                tags=tags_for(self._args.wish, f"client-{protocol}-{network}"),
                opts=under(self.balancer, self._args.account),
            )
            for protocol in spec.protocols
            for network in spec.networks
        ]

    def _between(self) -> list[pulumi.Resource]:
        """The same way as seen from both ends."""
        spoken = {"udp" if protocol == "udp" else "tcp" for protocol in self._args.spec.protocols}
        ways = [*((protocol, LISTEN_PORT) for protocol in sorted(spoken)), ("tcp", HEALTH_PORT)]
        rules: list[pulumi.Resource] = []
        for protocol, port in ways:
            logical = f"{protocol}-{port}"
            rules.append(
                aws.vpc.SecurityGroupEgressRule(
                    f"to-servers:{logical}",
                    security_group_id=self.balancer.id,
                    ip_protocol=protocol,
                    from_port=port,
                    to_port=port,
                    referenced_security_group_id=self.servers.id,
                    tags=tags_for(self._args.wish, f"to-servers-{logical}"),
                    opts=under(self.balancer, self._args.account),
                )
            )
            rules.append(
                aws.vpc.SecurityGroupIngressRule(
                    f"from-balancer:{logical}",
                    security_group_id=self.servers.id,
                    ip_protocol=protocol,
                    from_port=port,
                    to_port=port,
                    referenced_security_group_id=self.balancer.id,
                    tags=tags_for(self._args.wish, f"from-balancer-{logical}"),
                    opts=under(self.servers, self._args.account),
                )
            )
        return rules

    def _out(self) -> pulumi.Resource:
        """S3 and Auto Scaling have no addresses that could be named."""
        return aws.vpc.SecurityGroupEgressRule(
            "to-aws",
            security_group_id=self.servers.id,
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            cidr_ipv4="0.0.0.0/0",
            tags=tags_for(self._args.wish, "to-aws"),
            opts=under(self.servers, self._args.account),
        )
