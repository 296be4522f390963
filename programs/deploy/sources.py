"""What switching logging on at its source needs in a production account, made or granted once for all sources there."""

from __future__ import annotations

from programs.cloudwatch.presets.route53 import QUERY_GROUPS, QUERY_REGION
from programs.deploy.spec import BootstrapSpec
from programs.documents import Document, Statement, allow, document

QUERY_POLICY = "logflume-route53"


def query_policy(spec: BootstrapSpec) -> Document:
    """Lets Route 53 log the queries of this account's zones, whichever: a region has ten such policies in all
    (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html), so no source has
    its own. Conditions: "To avoid the confused deputy problem" on the CreateQueryLoggingConfig page of the Route 53 API.
    """
    return document(
        allow(
            "Route53Queries",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            Principal={"Service": "route53.amazonaws.com"},
            Resource=f"arn:aws:logs:{QUERY_REGION}:{spec.account_id}:log-group:{QUERY_GROUPS}*",
            Condition={
                "ArnLike": {"aws:SourceArn": "arn:aws:route53:::hostedzone/*"},
                "StringEquals": {"aws:SourceAccount": spec.account_id},
            },
        )
    )


def looking(spec: BootstrapSpec) -> list[Statement]:
    """See what a zone, a database or a cluster logs."""
    here = f"*:{spec.account_id}"
    return [
        allow("SeeDatabases", ["rds:DescribeDBClusters", "rds:DescribeDBInstances"], Resource=_rds(here)),
        allow("SeeClusters", ["eks:DescribeCluster"], Resource=f"arn:aws:eks:{here}:cluster/*"),
        allow(
            "SeeZones",
            ["route53:GetHostedZone", "route53:GetQueryLoggingConfig"],
            Resource=["arn:aws:route53:::hostedzone/*", "arn:aws:route53:::queryloggingconfig/*"],
        ),
        allow("SeeQueryLogs", ["route53:ListQueryLoggingConfigs"], Resource="*"),
        allow("SeeLogPolicies", ["logs:DescribeResourcePolicies"], Resource="*"),
    ]


def switching(spec: BootstrapSpec) -> list[Statement]:
    """Change what they log. RDS and EKS know no narrower right than to change the database or the cluster
    ("Actions, resources, and condition keys for Amazon RDS" and "… EKS", Service Authorization Reference)."""
    here = f"*:{spec.account_id}"
    return [
        allow("SwitchDatabases", ["rds:ModifyDBCluster", "rds:ModifyDBInstance"], Resource=_rds(here)),
        allow(
            "SwitchClusters",
            ["eks:DescribeUpdate", "eks:UpdateClusterConfig"],
            Resource=f"arn:aws:eks:{here}:cluster/*",
        ),
        allow(
            "SwitchZones",
            ["route53:CreateQueryLoggingConfig", "route53:DeleteQueryLoggingConfig"],
            Resource=["arn:aws:route53:::hostedzone/*", "arn:aws:route53:::queryloggingconfig/*"],
        ),
    ]


def _rds(here: str) -> list[str]:
    return [f"arn:aws:rds:{here}:cluster:*", f"arn:aws:rds:{here}:db:*"]
