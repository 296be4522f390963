"""What the `cloudtrail` kind and its presets can be asked for."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from programs.firehose.spec import FirehoseSpec
from programs.spec import ADVANCED
from programs.store.spec import StoreSpec

DELIVERY_SECONDS = 900
"""CloudTrail delivers "within an average of about 5 minutes of an API call", without a promise ("How CloudTrail works",
CloudTrail User Guide): three times that."""

ObjectsArn = Annotated[
    str, StringConstraints(pattern=r"^arn:aws:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^\s*?]{0,900}$")
]
"""A bucket with the slash behind it, or what its objects' keys begin with: selectors know no wildcards."""
FunctionArn = Annotated[
    str, StringConstraints(pattern=r"^arn:aws:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}$")
]
TrailName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9]([._-]?[A-Za-z0-9])+$", min_length=3, max_length=128)
]
"""Trail names, from the CreateTrail page of the CloudTrail API."""
MOST_ARNS = 200
"""Of each sort; a trail takes 500 values in all its selectors ("Quotas in AWS CloudTrail")."""


class CloudTrailSpec(StoreSpec):
    """Management events of all regions, and data events where they are asked for.

    A trail that is adopted keeps its own selectors: then nothing can be said about them here.
    """

    s3_objects: tuple[ObjectsArn, ...] = Field(
        title="Data events of S3 objects",
        default=(),
        max_length=MOST_ARNS,
        description="Reads and writes of objects: arn:aws:s3:::bucket/ or arn:aws:s3:::bucket/prefix. Each event costs.",
    )
    lambda_functions: tuple[FunctionArn, ...] = Field(
        title="Data events of Lambda functions",
        default=(),
        max_length=MOST_ARNS,
        description="Invocations of these functions, by ARN. Each event costs.",
    )
    exclude: tuple[Literal["kms.amazonaws.com", "rdsdata.amazonaws.com"], ...] = Field(
        title="Leave out",
        json_schema_extra=ADVANCED,
        default=(),
        max_length=2,
        description="The two services with so many management events that CloudTrail lets one leave them out.",
    )
    adopt: TrailName | None = Field(
        title="Take over a trail",
        json_schema_extra=ADVANCED,
        default=None,
        description="Name of a trail that is there: it delivers here, and where it did before once the source is retired.",
    )

    @property
    def drain_seconds(self) -> int:
        """What was called before the trail stopped is still delivered."""
        return DELIVERY_SECONDS

    @model_validator(mode="after")
    def _adopted_as_it_is(self) -> Self:
        if self.adopt is not None and (self.s3_objects or self.lambda_functions or self.exclude):
            raise ValueError(
                "a trail that is taken over keeps its own event selectors: leave out what it should log"
            )
        return self


class ApiCallsSpec(FirehoseSpec):
    """Calls to one service's API, from EventBridge."""

    reads: bool = Field(
        title="Also calls that only read",
        default=True,
        description="Describe, Get and List calls, and image pulls: by far the most. Otherwise changes alone.",
    )


class EcrSpec(ApiCallsSpec):
    """Calls to Amazon ECR."""

    preset: Literal["ecr"] = "ecr"


class ElasticsearchSpec(ApiCallsSpec):
    """Calls to the configuration API of OpenSearch Service (Elasticsearch before)."""

    preset: Literal["elasticsearch"] = "elasticsearch"
