"""Small words for tests of the evaluator."""

from __future__ import annotations

import json
from typing import Any

from service.access.evaluator import Policies, Policy
from service.access.request import Caller, ContextValue, Request

OWN, OTHER = "111111111111", "222222222222"
ROLE = f"arn:aws:iam::{OWN}:role/team/reader"
SESSION = f"arn:aws:sts::{OWN}:assumed-role/reader/today"
USER = f"arn:aws:iam::{OWN}:user/ann"
ROOT = f"arn:aws:iam::{OWN}:root"
BUCKET = "arn:aws:s3:::logs"
OBJECT = f"{BUCKET}/2026/a.gz"

AS_ROLE = Caller("role", OWN, SESSION, ROLE)
AS_USER = Caller("user", OWN, USER)
AS_ROOT = Caller("root", OWN, ROOT)
AS_SERVICE = Caller("service", services=frozenset({"sns.amazonaws.com"}))
AS_NOBODY = Caller("anonymous")
FEDERATED = Caller("federated", OWN, f"arn:aws:sts::{OWN}:federated-user/x", provider="accounts.example.com")


def statement(effect: str, action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    """One statement; `resource` None leaves the element out."""
    named = {} if resource is None else {"Resource": resource}
    return {"Effect": effect, "Action": action, **named, **more}


def allow(action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    """An Allow statement."""
    return statement("Allow", action, resource, **more)


def deny(action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A Deny statement."""
    return statement("Deny", action, resource, **more)


def text(*statements: dict[str, Any], version: str = "2012-10-17") -> str:
    """The JSON of a policy."""
    return json.dumps({"Version": version, "Statement": list(statements)})


def policy(*statements: dict[str, Any], name: str = "p") -> Policy:
    """A named policy."""
    return Policy(name, text(*statements))


def identity(*statements: dict[str, Any], **more: Any) -> Policies:
    """An identity policy of these statements, and more policies by keyword."""
    return Policies(identity=(policy(*statements, name="identity"),) if statements else (), **more)


def ask(
    caller: Caller,
    action: str = "s3:GetObject",
    resource: str = OBJECT,
    owner: str = OWN,
    **context: ContextValue,
) -> Request:
    """A request; a condition key is written with `__` for its colon and `_s_` for a slash."""
    named = {key.replace("__", ":").replace("_s_", "/"): value for key, value in context.items()}
    return Request(caller, action, resource, owner, named)
