"""Listeners of network load balancers. Calls: the Elastic Load Balancing v2 API reference; inputs: aws.lb.Listener of the
provider's documentation, as far as `network` goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.check import Failure
from service.sandbox.catalog.load_balancer_tags import retag, tags_of
from service.sandbox.catalog.resource import Resource, present, tag_list
from service.sandbox.catalog.schema import REGION, TAGS, Unknown, Values, block, choice, list_of, number, text

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws


class Listener(Resource):
    """aws.lb.Listener that forwards to one target group. Import by ARN."""

    token, title = "aws:lb/listener:Listener", "ELBv2 Listener"
    documented = "lb_listener"
    inputs = {
        "loadBalancerArn": text(r"arn:.+:loadbalancer/.+", required=True, replaces=True),
        "port": number(1, 65535, required=True),
        "protocol": choice("TCP", "UDP", "TCP_UDP", "TLS", required=True),
        "certificateArn": text(r"arn:.+"),
        "sslPolicy": text(computed=True),
        "defaultActions": list_of(
            block(
                {"type": choice("forward", required=True), "targetGroupArn": text(r"arn:.+", required=True)}
            ),
            required=True,
            shortest=1,
            longest=1,
        ),
        "tags": TAGS,
        "region": REGION,
    }
    computed = ("arn",)

    def rules(self, inputs: Values) -> Iterator[Failure]:
        protocol = inputs.get("protocol")
        if not isinstance(protocol, Unknown) and (protocol == "TLS") != ("certificateArn" in inputs):
            yield Failure("certificateArn", "is required for protocol TLS, and for no other")

    def create(self, aws: Aws, inputs: Values) -> str:
        made = aws.call(
            "elbv2",
            "CreateListener",
            LoadBalancerArn=inputs["loadBalancerArn"],
            Tags=tag_list(inputs.get("tags")),
            **_listener(inputs),
        )
        return str(made["Listeners"][0]["ListenerArn"])

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        gone = ("ListenerNotFound", "LoadBalancerNotFound")
        found = aws.find("elbv2", "DescribeListeners", *gone, ListenerArns=[id])
        if found is None or not found["Listeners"]:
            return None
        listener = found["Listeners"][0]
        certificates = listener.get("Certificates") or []
        return {
            "arn": id,
            "loadBalancerArn": listener["LoadBalancerArn"],
            "port": listener["Port"],
            "protocol": listener["Protocol"],
            "certificateArn": certificates[0].get("CertificateArn") if certificates else None,
            "sslPolicy": listener.get("SslPolicy") or "",
            "defaultActions": [
                {"type": action["Type"], "targetGroupArn": action["TargetGroupArn"]}
                for action in listener["DefaultActions"]
            ],
            "tags": tags_of(aws, id),
        }

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        if changed - {"tags"}:
            aws.call("elbv2", "ModifyListener", ListenerArn=id, **_listener(new))
        retag(aws, id, old, new, changed)

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        aws.find("elbv2", "DeleteListener", "ListenerNotFound", ListenerArn=id)


def _listener(inputs: Values) -> dict[str, Any]:
    certificate = inputs.get("certificateArn")
    actions = [
        {"Type": action["type"], "TargetGroupArn": action["targetGroupArn"]}
        for action in inputs["defaultActions"]
    ]
    return present(
        Port=inputs["port"],
        Protocol=inputs["protocol"],
        SslPolicy=inputs.get("sslPolicy") or None,
        Certificates=[{"CertificateArn": certificate}] if certificate else None,
        DefaultActions=actions,
    )


RESOURCES: tuple[Resource, ...] = (Listener(),)
