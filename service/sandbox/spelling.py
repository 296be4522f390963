"""The errors every service has, in the words and with the status of each one.

What all share is on the page "Common Errors" of each API reference; the exceptions are on these:
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html,
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html,
https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecord.html (ServiceUnavailableException),
https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html (KMSInternalException),
https://docs.aws.amazon.com/eks/latest/APIReference/CommonErrors.html. Statuses of SNS and SQS: botocore's models.
"""

from __future__ import annotations

from service.sandbox.call import Denial

XML_SERVICES = (
    *("s3", "s3control", "sts", "iam", "sns", "sqs", "cloudwatch", "cloudformation", "route53"),
    *("rds", "elbv2", "autoscaling", "ec2"),
)
"""Services whose errors have names without ``Exception`` at their end (SQS and CloudWatch have kept them)."""
_RECORDS = ("PutRecord", "PutRecordBatch")
_RATE = "Rate exceeded"


def denied(service: str, message: str) -> Denial:
    """No permission."""
    if service == "sns":
        return Denial("AuthorizationError", message, 403)
    if service == "ec2":
        return Denial("UnauthorizedOperation", message, 403)
    if service in XML_SERVICES:
        return Denial("AccessDenied", message, 403)
    return Denial("AccessDeniedException", message, 400)


def throttled(service: str, operation: str) -> Denial:
    """More calls than the account may make."""
    match service:
        case "s3":
            return Denial("SlowDown", "Please reduce your request rate.", 503)
        case "ec2":
            return Denial("RequestLimitExceeded", "Request limit exceeded.", 503)
        case "firehose" if operation in _RECORDS:
            return Denial("ServiceUnavailableException", "Slow down.", 500)
        case "sqs":
            return Denial("RequestThrottled", "The request was denied due to request throttling.", 403)
        case "eks" | "accessanalyzer":
            return Denial("ThrottlingException", _RATE, 429)
    return Denial("Throttling" if service in XML_SERVICES else "ThrottlingException", _RATE, 400)


def broken(service: str) -> Denial:
    """The service failed by itself."""
    message = "We encountered an internal error. Please try again."
    codes = {
        **dict.fromkeys(("s3", "sns", "ec2"), "InternalError"),
        "kms": "KMSInternalException",
        "logs": "InternalServerException",
        "events": "InternalException",
    }
    return Denial(codes.get(service, "InternalFailure"), message, 500)


def unavailable(service: str) -> Denial:
    """The service cannot answer for now."""
    message = "The request has failed due to a temporary failure of the server."
    if service == "ec2":
        return Denial("Unavailable", message, 503)
    if service in XML_SERVICES:
        return Denial("ServiceUnavailable", message, 503)
    return Denial("ServiceUnavailableException", message, 500 if service in ("firehose", "logs") else 503)
