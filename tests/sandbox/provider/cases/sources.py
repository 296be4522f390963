"""What switches logging on at its source."""

from __future__ import annotations

from tests.sandbox.provider.cases.case import Case, Clients, Values
from tests.support.aws import policy
from tests.support.sandbox import LOG

ANY_GROUP = f"arn:aws:logs:us-east-1:{LOG}:log-group:"


def _writable(*actions: str) -> str:
    return policy(
        Effect="Allow", Principal={"Service": "route53.amazonaws.com"}, Action=[*actions], Resource="*"
    )


def _zone(clients: Clients, name: str) -> Values:
    logs = clients("logs", region="us-east-1")
    logs.create_log_group(logGroupName=f"/aws/route53/{name}")
    logs.put_resource_policy(
        policyName="cases", policyDocument=_writable("logs:CreateLogStream", "logs:PutLogEvents")
    )
    zone = clients("route53").create_hosted_zone(Name=f"{name}.example.com", CallerReference=name)
    return {"name": name, "zone": zone["HostedZone"]["Id"].rpartition("/")[2]}


CASES = (
    Case(
        "aws:route53/queryLog:QueryLog",
        needs=_zone,
        inputs=lambda n: {
            "zoneId": n["zone"],
            "cloudwatchLogGroupArn": f"{ANY_GROUP}/aws/route53/{n['name']}",
        },
        change=lambda _: {},
        changed=(),
        by_hand=lambda c, _, id: c("route53").delete_query_logging_config(Id=id),
        drifted="",
        replace={"zoneId": "Z0ANOTHER"},
    ),
    Case(
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        inputs=lambda n: {"policyName": n["name"], "policyDocument": _writable("logs:PutLogEvents")},
        change=lambda _: {"policyDocument": _writable("logs:CreateLogStream", "logs:PutLogEvents")},
        changed=("policyDocument",),
        by_hand=lambda c, _, id: c("logs").put_resource_policy(
            policyName=id, policyDocument=_writable("logs:*")
        ),
        drifted="policyDocument",
        replace={"policyName": "another"},
    ),
)
