"""Policies come back as AWS writes them, and mean the same."""

from __future__ import annotations

import json

from service.sandbox.policy_text import as_aws_returns

WRITTEN = json.dumps(
    {
        "Statement": [
            {
                "Resource": ["arn:aws:s3:::texts-1/*"],
                "Action": ["s3:PutObject", "s3:GetObject"],
                "Principal": {"AWS": ["222222222222", "111111111111"], "Service": ["logs.amazonaws.com"]},
                "Condition": {"StringEquals": {"aws:SourceAccount": ["111111111111"]}},
                "Effect": "Allow",
            }
        ],
        "Version": "2012-10-17",
    },
    indent=2,
)

RETURNED = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":'
    '{"AWS":["arn:aws:iam::111111111111:root","arn:aws:iam::222222222222:root"],"Service":"logs.amazonaws.com"},'
    '"Action":["s3:PutObject","s3:GetObject"],"Resource":"arn:aws:s3:::texts-1/*",'
    '"Condition":{"StringEquals":{"aws:SourceAccount":"111111111111"}}}]}'
)


def test_a_policy_is_rewritten_in_aws_own_hand() -> None:
    assert as_aws_returns(WRITTEN) == RETURNED
    assert as_aws_returns(RETURNED) == RETURNED


def test_what_is_no_policy_stays_as_it_is() -> None:
    for text in ("nonsense", "[]", '{"a": 1}'):
        assert as_aws_returns(text) == text
