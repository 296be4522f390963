"""From bytes to an AWS operation and back: what a request means, and how its service spells an answer.

The shapes come from botocore's service models, through moto's own router, request parsers and serializers.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from moto.core.exceptions import ServiceException
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import SerializationContext, get_serializer_class
from moto.core.utils import get_service_model
from moto.moto_api._internal import mock_random

from service.sandbox.call import Denial

SERVICE_OF_SIGNING_NAME = {
    "access-analyzer": "accessanalyzer",
    "elasticloadbalancing": "elbv2",
    "email": "ses",
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}
"""Signing names (the last part of a credential scope) that differ from the name of the boto3 client."""

PUBLIC_ACTIONS = {"AssumeRoleWithWebIdentity": "sts", "AssumeRoleWithSAML": "sts"}
"""Query actions that AWS takes without a signature."""

NOT_IN_THE_BODY = ("content-length", "content-type")


@dataclass(frozen=True)
class Incoming:
    """One HTTP request as it arrived; header names in lower case, path still percent-encoded."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    def environ(self, account: str) -> dict[str, Any]:
        """A WSGI environment for moto, which then acts in `account`."""
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(self.path).decode("latin-1"),
            "QUERY_STRING": self.query,
            "RAW_URI": f"{self.path}?{self.query}" if self.query else self.path,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_LENGTH": str(len(self.body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(self.body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        if "content-type" in self.headers:
            environ["CONTENT_TYPE"] = self.headers["content-type"]
        for name, value in self.headers.items():
            if name not in NOT_IN_THE_BODY:
                environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = account
        return environ


@dataclass(frozen=True)
class Answer:
    """One HTTP response."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True)
class Operation:
    """The operation a request means, and the protocol the client speaks."""

    service: str
    name: str
    protocol: str
    model: OperationModel
    params: dict[str, Any]


class RefusedError(ServiceException):
    """An AWS error of our own; being defined here keeps moto from looking for the service it belongs to."""


class UnknownOperationError(Exception):
    """The request means no operation botocore knows. Carries the answer to give."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("unknown operation")
        self.answer = answer


def operation_of(incoming: Incoming, signing_name: str | None) -> Operation:
    """Resolve a request; `signing_name` is the service of its credential scope.

    Raises `UnknownOperationError` where botocore knows no such service or operation.
    """
    request = Request(incoming.environ(""))
    service = _service_of(request, signing_name)
    try:
        model = get_service_model(service)
    except Exception as error:  # The loader raises several kinds for a service it has no data of.
        raise UnknownOperationError(_unknown_service(service, request.mimetype)) from error
    try:
        protocol = determine_request_protocol(model, request.content_type)
        operation, labels = get_service_router(service).match(request)
        params = _params_of(operation, protocol, request, labels)
    except (
        Exception
    ) as error:  # Routers and parsers raise what werkzeug, json and xml raise: all mean a bad request.
        raise UnknownOperationError(_unreadable(model, error)) from error
    return Operation(service, str(operation.name), protocol, operation, params)


def failure(operation: Operation, denial: Denial) -> Answer:
    """`denial` as the operation's service would send it."""
    error = RefusedError(denial.code, denial.message)
    return _serialized(operation.model, operation.protocol, error, denial.status)


def success(operation: Operation, result: dict[str, Any]) -> Answer:
    """`result`, by botocore's member names, as the operation's service would send it."""
    return _serialized(operation.model, operation.protocol, result, 200)


def _service_of(request: Request, signing_name: str | None) -> str:
    if signing_name is None:
        action = request.form.get("Action", "") if request.mimetype.endswith("form-urlencoded") else ""
        return PUBLIC_ACTIONS.get(action, "s3")
    if signing_name == "s3" and request.path.startswith("/v20180820/"):
        return "s3control"
    if signing_name == "es" and request.path.startswith("/2021-01-01/"):
        return "opensearch"
    return SERVICE_OF_SIGNING_NAME.get(signing_name, signing_name)


def _params_of(
    operation: OperationModel, protocol: str, request: Request, labels: dict[str, Any]
) -> dict[str, Any]:
    parser = PROTOCOL_PARSERS[protocol](operation)
    parsed: dict[str, Any] = parser.parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": labels,
        }
    )
    return parsed


def _serialized(operation: OperationModel, protocol: str, result: object, status: int) -> Answer:
    serializer_class = get_serializer_class(operation.service_model.service_name, protocol)
    context = SerializationContext(str(mock_random.uuid4()))
    response = serializer_class(operation, context=context).serialize(result)
    body = response["body"]
    headers = [(str(name), str(value)) for name, value in response["headers"].items()]
    headers.append(("x-amzn-RequestId", context.request_id))
    return Answer(status, headers, body.encode() if isinstance(body, str) else body)


def _unreadable(model: ServiceModel, error: Exception) -> Answer:
    name = model.operation_names[0]
    protocol = str(model.protocol)
    denial = Denial(
        "UnknownOperationException", f"The request names no operation of this service: {error}", 400
    )
    return failure(
        Operation(str(model.service_name), name, protocol, model.operation_model(name), {}), denial
    )


def _unknown_service(name: str, mimetype: str) -> Answer:
    """In JSON where the client sends it, otherwise in XML: what its protocol is, nobody can say."""
    service, any_operation = ("kms", "ListKeys") if "json" in mimetype else ("s3", "ListBuckets")
    model = get_service_model(service)
    operation = Operation(
        service, any_operation, str(model.protocol), model.operation_model(any_operation), {}
    )
    return failure(operation, Denial("UnknownService", f"The sandbox knows no AWS service {name!r}.", 400))
