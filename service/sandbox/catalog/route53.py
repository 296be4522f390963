"""Route 53 query logging. Calls: the Route 53 API reference; properties: the provider's aws_route53_query_log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.sandbox.catalog.resource import Resource
from service.sandbox.catalog.schema import Values, text

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws

_GONE = "NoSuchQueryLoggingConfig"


class QueryLog(Resource):
    """aws.route53.QueryLog. Import by the configuration's id. Global: no region of its own."""

    token, title = "aws:route53/queryLog:QueryLog", "Route 53 Query Logging Config"
    documented = "route53_query_log"
    inputs = {
        "cloudwatchLogGroupArn": text(
            r"arn:.+", required=True, replaces=True, alike=lambda arn: arn.removesuffix(":*")
        ),
        "zoneId": text(required=True, replaces=True),
    }
    computed = ("arn",)

    def create(self, aws: Aws, inputs: Values) -> str:
        made = aws.call(
            "route53",
            "CreateQueryLoggingConfig",
            HostedZoneId=inputs["zoneId"],
            CloudWatchLogsLogGroupArn=inputs["cloudwatchLogGroupArn"],
        )
        return str(made["QueryLoggingConfig"]["Id"])

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        found = aws.find("route53", "GetQueryLoggingConfig", _GONE, Id=id)
        if found is None:
            return None
        config = found["QueryLoggingConfig"]
        return {
            "arn": f"arn:aws:route53:::queryloggingconfig/{id}",
            "cloudwatchLogGroupArn": config["CloudWatchLogsLogGroupArn"],
            "zoneId": config["HostedZoneId"],
        }

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        aws.find("route53", "DeleteQueryLoggingConfig", _GONE, Id=id)


RESOURCES: tuple[Resource, ...] = (QueryLog(),)
