"""The record CloudTrail makes of one API call. Pure: the moment and the answer are passed in.

Sources, all in the CloudTrail user guide: "CloudTrail record contents for management, data, and network activity events",
"CloudTrail userIdentity element", "Logging management events" (read-only events), "Logging data events" (which calls are
data events). responseElements is always null here: what AWS puts there differs from call to call and can hold secrets.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from moto.core.utils import get_service_model

from service.sandbox.call import Call, Principal
from service.sandbox.wire import Answer

Record = dict[str, Any]

READS = (
    *("BatchCheck", "BatchGet", "Check", "Describe", "Filter", "Get", "Head", "List", "Lookup", "Search"),
    *("Select", "Simulate", "Test", "Validate", "Verify"),
)
"""How the names of read-only operations begin."""
OTHER_READS = {
    ("sts", "AssumeRole"),
    *(("kms", name) for name in ("Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext")),
}
"""Calls that CloudTrail marks as read-only whatever their name."""
UNRECORDED = {
    ("cloudwatch", "PutMetricData"),
    ("dynamodb", "*"),
    ("events", "PutEvents"),
    ("firehose", "PutRecord"),
    ("firehose", "PutRecordBatch"),
    ("kinesis", "*"),
    ("logs", "PutLogEvents"),
    ("sns", "Publish"),
    ("sns", "PublishBatch"),
    *(
        ("sqs", name)
        for name in (
            "ReceiveMessage",
            "SendMessage",
            "SendMessageBatch",
            "DeleteMessage",
            "DeleteMessageBatch",
        )
    ),
    *(("sqs", name) for name in ("ChangeMessageVisibility", "ChangeMessageVisibilityBatch")),
}
"""Calls to data planes whose events the sandbox does not play (S3 objects and Lambda functions it does)."""
BUCKET_CALLS_ON_DATA = {
    *("HeadBucket", "ListObjects", "ListObjectsV2", "ListObjectVersions", "ListMultipartUploads"),
    "DeleteObjects",
}
HIDDEN = re.compile(r"password|secret", re.IGNORECASE)
HIDDEN_TEXT = "HIDDEN_DUE_TO_SECURITY_REASONS"
ERROR = re.compile(rb'"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"|<Code>([^<]+)</Code>')
MESSAGE = re.compile(rb'"[mM]essage"\s*:\s*"((?:[^"\\]|\\.)*)"|<Message>([^<]*)</Message>')


def is_recorded(call: Call) -> bool:
    """Whether CloudTrail knows this call at all; what it writes itself it does not (else it would never end)."""
    if call.principal.arn == "cloudtrail.amazonaws.com":
        return False
    return not {(call.service, call.operation), (call.service, "*")} & UNRECORDED


def record_of(call: Call, answer: Answer, at: float, account: str, event_id: str) -> Record:
    """The record that `account` gets of a call answered at `at` (Unix seconds)."""
    resources = _resources(call)
    model = get_service_model(call.service)
    record = {
        "eventVersion": "1.11",
        "userIdentity": identity(call.principal),
        "eventTime": f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": f"{model.signing_name}.amazonaws.com",
        "eventName": call.operation,
        "awsRegion": call.region,
        "sourceIPAddress": call.principal.arn if call.principal.kind == "service" else "127.0.0.1",
        "userAgent": call.headers.get("user-agent", ""),
        "requestParameters": _shown(call.params) or None,
        "responseElements": None,
        "requestID": _header(answer, "x-amzn-requestid", "x-amz-request-id"),
        "eventID": event_id,
        "readOnly": is_read(call),
        "eventType": "AwsApiCall",
        "managementEvent": not resources,
        "recipientAccountId": account,
        "eventCategory": "Data" if resources else "Management",
    }
    return record | ({"resources": resources} if resources else {}) | _error(answer)


def is_read(call: Call) -> bool:
    """Whether the call reads and changes nothing."""
    return call.operation.startswith(READS) or (call.service, call.operation) in OTHER_READS


def identity(principal: Principal) -> dict[str, Any]:
    """The userIdentity element, without the access key."""
    account = {"accountId": principal.account, "principalId": principal.account, "arn": principal.arn}
    match principal.kind:
        case "root":
            return {"type": "Root", **account}
        case "user":
            return {"type": "IAMUser", **account, "userName": principal.arn.rpartition("/")[2]}
        case "role":
            role = str(principal.role_arn)
            issuer = {"type": "Role", "accountId": role.split(":")[4], "arn": role}
            issuer["userName"] = role.rpartition("/")[2]
            return {"type": "AssumedRole", **account, "sessionContext": {"sessionIssuer": issuer}}
        case "service":
            return {"type": "AWSService", "invokedBy": principal.arn}
    return {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"}


def _resources(call: Call) -> list[dict[str, str]]:
    """What a data event was about, the thing itself first; nothing for a management event."""
    p = call.params
    if call.service == "lambda" and call.operation in ("Invoke", "InvokeAsync"):
        name = str(p.get("FunctionName"))
        own = f"arn:aws:lambda:{call.region}:{call.account}:function:{name}"
        return [{"type": "AWS::Lambda::Function", "ARN": name if name.startswith("arn:") else own}]
    if call.service != "s3" or not (p.get("Key") or call.operation in BUCKET_CALLS_ON_DATA):
        return []
    bucket = f"arn:aws:s3:::{p.get('Bucket')}"
    about = {"type": "AWS::S3::Object", "ARN": f"{bucket}/{p.get('Key') or p.get('Prefix') or ''}"}
    return [about, {"type": "AWS::S3::Bucket", "ARN": bucket}]


def _shown(value: Any, name: str = "") -> Any:
    """Request members as records spell them; bodies are left out and secrets hidden."""
    if HIDDEN.search(name) and not isinstance(value, dict | list):
        return HIDDEN_TEXT
    if isinstance(value, dict):
        shown = {key: _shown(inner, key) for key, inner in value.items()}
        return {key[:1].lower() + key[1:]: inner for key, inner in shown.items() if inner is not None}
    if isinstance(value, list):
        return [_shown(inner) for inner in value]
    return value if isinstance(value, str | int | float | bool) else None


def _error(answer: Answer) -> dict[str, str]:
    if answer.status < 400:
        return {}
    code, message = ERROR.search(answer.body), MESSAGE.search(answer.body)
    named = _header(answer, "x-amzn-errortype").partition(":")[0]
    return {
        "errorCode": named or _text(code) or str(answer.status),
        "errorMessage": _text(message),
    }


def _text(match: re.Match[bytes] | None) -> str:
    return (match[1] or match[2] or b"").decode(errors="replace") if match else ""


def _header(answer: Answer, *names: str) -> str:
    return next((value for name, value in answer.headers if name.lower() in names), "")
