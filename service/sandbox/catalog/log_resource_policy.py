"""CloudWatch Logs resource policies of an account. Calls and limits: PutResourcePolicy in the CloudWatch Logs API reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.sandbox.catalog.resource import Resource
from service.sandbox.catalog.schema import REGION, Values, json_text, text

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws


class LogResourcePolicy(Resource):
    """aws.cloudwatch.LogResourcePolicy of an account, not of one group. Import by name. Ten a region at most."""

    token, title = (
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        "CloudWatch Logs Resource Policy",
    )
    documented = "cloudwatch_log_resource_policy"
    inputs = {
        "policyName": text(required=True, replaces=True),
        "policyDocument": json_text(required=True, longest=5120),
        "region": REGION,
    }

    def create(self, aws: Aws, inputs: Values) -> str:
        self._put(aws, inputs)
        return str(inputs["policyName"])

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        policies = aws.pages(
            "logs", "DescribeResourcePolicies", "resourcePolicies", ("nextToken", "nextToken")
        )
        found = next((policy for policy in policies if policy["policyName"] == id), None)
        return found and {"policyName": id, "policyDocument": found["policyDocument"]}

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        self._put(aws, new)

    def _put(self, aws: Aws, inputs: Values) -> None:
        aws.call(
            "logs",
            "PutResourcePolicy",
            policyName=inputs["policyName"],
            policyDocument=inputs["policyDocument"],
        )

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        aws.find("logs", "DeleteResourcePolicy", "ResourceNotFoundException", policyName=id)


RESOURCES: tuple[Resource, ...] = (LogResourcePolicy(),)
