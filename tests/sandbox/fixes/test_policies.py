"""Every service of the pipeline returns policies in AWS's own writing."""

from __future__ import annotations

import json

from service.sandbox.policy_text import as_aws_returns
from tests.sandbox.test_policy_text import RETURNED, WRITTEN
from tests.support.aws import policy
from tests.support.sandbox import LOG, REGION, Sandbox


def test_every_service_of_the_pipeline_returns_policies_in_that_hand(sandbox: Sandbox) -> None:
    s3, sqs, sns = (sandbox.client(name, LOG) for name in ("s3", "sqs", "sns"))
    s3.create_bucket(Bucket="texts-1", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_policy(Bucket="texts-1", Policy=WRITTEN)
    assert s3.get_bucket_policy(Bucket="texts-1")["Policy"] == RETURNED
    queue = sqs.create_queue(QueueName="texts")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": WRITTEN})
    kept = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"])["Attributes"]["Policy"]
    assert list(json.loads(kept)["Statement"][0]) == list(json.loads(RETURNED)["Statement"][0])
    topic = sns.create_topic(Name="texts")["TopicArn"]
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=WRITTEN)
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"] == RETURNED


def test_roles_and_keys_return_policies_in_that_hand(sandbox: Sandbox) -> None:
    iam, kms = sandbox.client("iam", LOG), sandbox.client("kms", LOG)
    trusted = policy(Action=["sts:AssumeRole"], Principal={"AWS": [LOG]}, Effect="Allow")
    iam.create_role(RoleName="texts", AssumeRolePolicyDocument=trusted)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{LOG}:root"},
        "Action": "sts:AssumeRole",
    }
    assert iam.get_role(RoleName="texts")["Role"]["AssumeRolePolicyDocument"]["Statement"] == [statement]
    iam.update_assume_role_policy(RoleName="texts", PolicyDocument=trusted)
    assert iam.get_role(RoleName="texts")["Role"]["AssumeRolePolicyDocument"]["Statement"] == [statement]
    inline = policy(Resource=["*"], Action=["s3:GetObject"], Effect="Allow")
    iam.put_role_policy(RoleName="texts", PolicyName="read", PolicyDocument=inline)
    document = iam.get_role_policy(RoleName="texts", PolicyName="read")["PolicyDocument"]
    assert document["Statement"] == [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]
    given = policy(Resource=["*"], Action=["kms:*"], Principal={"AWS": [LOG]}, Effect="Allow")
    key = kms.create_key(Policy=given)["KeyMetadata"]["KeyId"]
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=given)
    assert kms.get_key_policy(KeyId=key)["Policy"] == as_aws_returns(given)
