"""The network load balancer: an address that stays, a listener for each way to send, a group of targets behind each."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from programs.accounts import tags_for, under
from programs.syslog.fluentd import HEALTH_PATH, HEALTH_PORT, LISTEN_PORT
from programs.syslog.network import Network, ServerArgs
from programs.syslog.spec import SyslogSpec

SETTLE_SECONDS = 30
"""For how long connections to a server that goes are kept."""
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""TLS 1.2 and 1.3 ("Security policies for your Network Load Balancer")."""


@dataclass(frozen=True)
class Way:
    """One listener: its protocol, that of its targets, and its port."""

    name: str
    group: str
    """What its target group is called: after the protocol, which cannot be changed."""
    listener: str
    targets: str
    port: int


def ways(spec: SyslogSpec) -> list[Way]:
    """The listeners of a source.

    TCP and UDP on one port are one listener of protocol TCP_UDP, whose targets are TCP_UDP too ("Listeners for your Network
    Load Balancers"). TLS ends at the load balancer, which has the certificate; servers get TCP.
    """
    plain = [protocol for protocol in ("tcp", "udp") if protocol in spec.protocols]
    found = []
    if plain:
        protocol = "_".join(plain).upper()
        group = plain[0] if len(plain) == 1 else "both"
        found.append(Way("plain", group, protocol, protocol, spec.port))
    if "tls" in spec.protocols:
        found.append(Way("tls", "tls", "TLS", "TCP", spec.tls_port))
    return found


class Balancer(pulumi.ComponentResource):
    """While draining there are no listeners: nothing new comes in."""

    def __init__(self, name: str, args: ServerArgs, network: Network) -> None:
        super().__init__("logflume:syslog:Balancer", name)
        self._args = args
        self.balancer = aws.lb.LoadBalancer(
            "load-balancer",
            name=args.names.load_balancer,
            load_balancer_type="network",
            internal=True,
            subnets=list(args.place.subnet_ids),
            security_groups=[network.balancer.id],
            enable_cross_zone_load_balancing=True,
            tags=tags_for(args.wish, "load-balancer"),
            opts=under(self, args.account),
        )
        self.targets = {way.name: self._targets(way) for way in ways(args.spec)}
        if args.wish.stage == "active":
            for way in ways(args.spec):
                self._listener(way)
        self.register_outputs({"dns_name": self.balancer.dns_name})

    def _targets(self, way: Way) -> aws.lb.TargetGroup:
        """Another protocol is another group, made before the old one goes."""
        logical = f"targets:{way.group}"
        return aws.lb.TargetGroup(
            logical,
            name=self._args.names.target_group(way.group),
            port=LISTEN_PORT,
            protocol=way.targets,
            target_type="instance",
            vpc_id=self._args.place.vpc_id,
            deregistration_delay=SETTLE_SECONDS,
            connection_termination=True,
            # Fluentd itself answers: a server whose Fluentd hangs is replaced.
            health_check={
                "protocol": "HTTP",
                "port": str(HEALTH_PORT),
                "path": HEALTH_PATH,
                "interval": 10,
                "timeout": 6,
                "healthy_threshold": 2,
                "unhealthy_threshold": 2,
                "matcher": "200",
            },
            tags=tags_for(self._args.wish, f"targets-{way.group}"),
            opts=under(self, self._args.account),
        )

    def _listener(self, way: Way) -> None:
        encrypted = way.listener == "TLS"
        aws.lb.Listener(
            f"listener:{way.name}",
            load_balancer_arn=self.balancer.arn,
            port=way.port,
            protocol=way.listener,
            certificate_arn=self._args.place.certificate_arn if encrypted else None,
            ssl_policy=TLS_POLICY if encrypted else None,
            default_actions=[{"type": "forward", "target_group_arn": self.targets[way.name].arn}],
            tags=tags_for(self._args.wish, f"listener-{way.name}"),
            opts=under(self.balancer, self._args.account),
        )
