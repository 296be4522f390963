"""Who signed a request, and whether the signature is theirs (AWS Signature Version 4)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from urllib.parse import parse_qsl

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.iam.models import AccessKey, iam_backends
from moto.sts.models import AssumedRole, sts_backends

from service.sandbox import moment, services
from service.sandbox.authoriser import principal_of
from service.sandbox.call import ANONYMOUS, Denial, Principal
from service.sandbox.wire import Incoming

ROOT_SECRET = "test"  # noqa: S105 - published on purpose: the sandbox guards nothing.
PARTITION = "aws"


@dataclass(frozen=True)
class Signature:
    """What a signed request says about its signer."""

    access_key_id: str
    region: str
    signing_name: str
    signed_headers: tuple[str, ...]
    value: str
    in_query: bool


def signature_of(incoming: Incoming) -> Signature | None:
    """The Version 4 signature of a request, from its header or its query string; None where it has none."""
    header = incoming.headers.get("authorization", "")
    if header.startswith("AWS4-HMAC-SHA256"):
        fields = dict(
            part.strip().split("=", 1) for part in header.split(" ", 1)[1].split(",") if "=" in part
        )
        return _signature(fields, "Credential", "SignedHeaders", "Signature", in_query=False)
    fields = dict(parse_qsl(incoming.query, keep_blank_values=True))
    if "X-Amz-Signature" in fields:
        return _signature(fields, "X-Amz-Credential", "X-Amz-SignedHeaders", "X-Amz-Signature", in_query=True)
    return None


def identify(incoming: Incoming, signature: Signature | None) -> Principal | Denial:
    """The principal behind a request, or the refusal AWS gives to a key or a signature that is not right."""
    if signature is None:
        return ANONYMOUS
    key = signature.access_key_id
    if len(key) == 12 and key.isdigit():
        root = Principal(kind="root", account=key, arn=f"arn:aws:iam::{key}:root")
        return _checked(root, ROOT_SECRET, "", incoming, signature)
    service = services.holder_of(key)
    if service is not None:
        return _checked(service[0], service[1].secret_access_key, "", incoming, signature)
    access_key = access_key_of(key)
    principal = principal_of(key)
    if access_key is None or principal is None or access_key.status != "Active":
        return _unknown_key(signature)
    session = session_of(principal.account, key) if access_key.role_arn else None
    if session and session.expiration <= moment.utcnow():
        return Denial("ExpiredToken", "The provided token has expired.", 400)
    token = session.session_token if session else ""
    return _checked(principal, access_key.secret_access_key, token, incoming, signature)


def access_key_of(access_key_id: str) -> AccessKey | None:
    """The key as moto's IAM keeps it: a user's, or a session's."""
    for account in list(iam_backends.values()):
        if PARTITION in account and access_key_id in account[PARTITION].access_keys:
            return account[PARTITION].access_keys[access_key_id]
    return None


def session_of(account: str, access_key_id: str) -> AssumedRole | None:
    """The role session a temporary key belongs to. The newest sessions are looked at first."""
    sessions = sts_backends[account][PARTITION].assumed_roles
    return next((s for s in reversed(sessions) if s.access_key_id == access_key_id), None)


def _signature(
    fields: dict[str, str], credential: str, signed_headers: str, value: str, *, in_query: bool
) -> Signature | None:
    scope = fields.get(credential, "").split("/")
    if len(scope) < 5:
        return None
    key, _date, region, signing_name = "/".join(scope[:-4]), scope[-4], scope[-3], scope[-2]
    names = tuple(fields.get(signed_headers, "").split(";"))
    return Signature(key, region, signing_name, names, fields.get(value, ""), in_query)


def _unknown_key(signature: Signature) -> Denial:
    if signature.signing_name == "s3":
        return Denial(
            "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."
        )
    if signature.signing_name in ("sts", "iam", "sns", "sqs", "ec2"):
        return Denial("InvalidClientTokenId", "The security token included in the request is invalid.")
    return Denial(
        "UnrecognizedClientException", "The security token included in the request is invalid.", 400
    )


def _checked(
    principal: Principal, secret: str, token: str, incoming: Incoming, signature: Signature
) -> Principal | Denial:
    query = dict(parse_qsl(incoming.query, keep_blank_values=True)) if signature.in_query else {}
    sent = incoming.headers.get("x-amz-security-token") or query.get("X-Amz-Security-Token", "")
    if not hmac.compare_digest(sent.encode(), token.encode()):
        return _unknown_key(signature)
    expected = _expected(secret, incoming, signature, query)
    if hmac.compare_digest(expected.encode(), signature.value.encode()):
        return principal
    message = (
        "The request signature we calculated does not match the signature you provided. "
        "Check your key and signing method."
    )
    return Denial("SignatureDoesNotMatch", message)


def _expected(secret: str, incoming: Incoming, signature: Signature, query: dict[str, str]) -> str:
    """The signature the holder of `secret` would have made, computed by botocore."""
    credentials = Credentials(signature.access_key_id, secret)
    signed = {name: incoming.headers.get(name, "") for name in signature.signed_headers}
    query_string = incoming.query
    date = incoming.headers.get("x-amz-date", "")
    auth_class = S3SigV4Auth if signature.signing_name == "s3" else SigV4Auth
    if signature.in_query:
        date = query.get("X-Amz-Date", "")
        auth_class = S3SigV4QueryAuth
        query_string = "&".join(
            pair for pair in incoming.query.split("&") if not pair.startswith("X-Amz-Signature=")
        )
    url = f"http://{incoming.headers.get('host', '')}{incoming.path}"
    request = AWSRequest(
        incoming.method, f"{url}?{query_string}" if query_string else url, signed, incoming.body
    )
    request.context["timestamp"] = date
    auth = auth_class(credentials, signature.signing_name, signature.region)
    canonical = auth.canonical_request(request)
    value: str = auth.signature(auth.string_to_sign(request, canonical), request)
    return value
