"""moto's faults that a log pipeline meets, closed one by one. Each has a test that fails when moto changes.

A fix replaces a function of moto. Where that is gone, importing the fix fails, and with it the start of the
sandbox: moto is pinned, so that happens in the review of an update and not at a user's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any

MODULES = (
    "autoscaling",
    "bucket_defaults",
    "chance",
    "cloudtrail",
    "cloudwatch",
    "config",
    "eks",
    "firehose",
    "iam",
    "kms",
    "launch_templates",
    "lifecycle",
    "load_balancers",
    "logs",
    "object_lock",
    "policies",
    "quotas",
    "rds",
    "replication",
    "route53",
    "security_groups",
    "simulation",
    "sns",
    "sqs",
)


def replaces(owner: Any, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a function that stands in for `owner.name`; its first argument is the original.

    `owner` is a class or a module of moto. Raises AttributeError where it has no such function.
    """
    original = getattr(owner, name)

    def decorate(replacement: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def method(*args: Any, **kwargs: Any) -> Any:
            return replacement(original, *args, **kwargs)

        setattr(owner, name, method)
        return replacement

    return decorate


def replaces_property(owner: type, name: str, value_of: Callable[[Any], Any]) -> None:
    """Let the property `owner.name` be what `value_of` makes of the object.

    Raises AttributeError where it has no such property.
    """
    if not isinstance(getattr(owner, name), property):
        raise AttributeError(f"{owner.__name__}.{name} is no property any more")
    setattr(owner, name, property(value_of))


def adds(owner: Any, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a function that becomes `owner.name`, an action moto does not play.

    Raises AttributeError where moto has learnt it: then ours may go.
    """
    if hasattr(owner, name):
        raise AttributeError(f"{owner.__name__} has a {name} of its own now")

    def decorate(action: Callable[..., Any]) -> Callable[..., Any]:
        setattr(owner, name, action)
        return action

    return decorate


def install() -> None:
    """Put every fix in place; a second call changes nothing."""
    for module in MODULES:
        import_module(f"{__name__}.{module}")
