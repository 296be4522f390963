"""What all settings of a bucket have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.resource import Resource
from service.sandbox.catalog.schema import Values, text

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws

BUCKET = text(r"(?!xn--|sthree-)[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]", required=True, replaces=True)
"""Bucket names, from "General purpose bucket naming rules" of the S3 user guide."""
OWNER = text(r"\d{12}", replaces=True)


class BucketSetting(Resource):
    """A setting of a bucket: its id is the bucket's name, with `,owner` where the owner is checked."""

    read_operation: str
    missing: tuple[str, ...]
    delete_operation: str

    def identifier(self, inputs: Values) -> str:
        """The id of a setting."""
        owner = inputs.get("expectedBucketOwner")
        return f"{inputs['bucket']},{owner}" if owner else str(inputs["bucket"])

    def target(self, id: str) -> dict[str, str]:
        """The bucket as the API's parameters."""
        bucket, _, owner = id.partition(",")
        return {"Bucket": bucket, "ExpectedBucketOwner": owner} if owner else {"Bucket": bucket}

    def put(self, aws: Aws, target: dict[str, str], inputs: Values) -> None:
        """Write the setting."""
        raise NotImplementedError  # Each setting says how.

    def shown(self, answer: dict[str, Any], known: Values) -> Values | None:
        """The answer of the reading call in the form of the inputs."""
        raise NotImplementedError  # Each setting says how.

    def create(self, aws: Aws, inputs: Values) -> str:
        id = self.identifier(inputs)

        def put() -> dict[str, Any]:
            self.put(aws, self.target(id), inputs)
            return {}

        # A bucket made a moment ago may not be visible to the next call yet.
        aws.retrying(put, lambda error: error.code == "NoSuchBucket")
        return id

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        target = self.target(id)
        answer = aws.find("s3", self.read_operation, "NoSuchBucket", *self.missing, **target)
        live = None if answer is None else self.shown(answer, known)
        if live is None:
            return None
        owner = (
            {"expectedBucketOwner": target["ExpectedBucketOwner"]} if "ExpectedBucketOwner" in target else {}
        )
        return {"bucket": target["Bucket"], **owner, **live}

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        self.put(aws, self.target(id), new)

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        aws.find("s3", self.delete_operation, "NoSuchBucket", *self.missing, **self.target(id))
