"""What a case is, and what several of them need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.support.aws import policy
from tests.support.sandbox import LOG, REGION, Sandbox

Values = dict[str, Any]


class Clients(Protocol):
    """Makes a boto3 client of a service, of the region of the tests or another one."""

    def __call__(self, service: str, region: str = REGION) -> Any: ...


TAGS = {"team": "payments"}


def clients_of(sandbox: Sandbox) -> Clients:
    """Root clients of the log account: for what a test needs besides, and for changes by hand."""
    return lambda service, region=REGION: sandbox.client(service, LOG, region)


@dataclass(frozen=True)
class Case:
    """`needs` makes what must be there first and gives names that `inputs` and the rest may use."""

    token: str
    inputs: Callable[[Values], Values]
    change: Callable[[Values], Values]
    """Inputs that an update can reach."""
    changed: tuple[str, ...]
    """The paths of that difference."""
    by_hand: Callable[[Clients, Values, str], Any]
    """A change behind the engine's back: clients, names, id."""
    drifted: str
    """The path at which it is seen."""
    replace: Values = field(default_factory=dict)
    """An input that only a replacement can change."""
    needs: Callable[[Clients, str], Values] = lambda _clients, name: {"name": name}
    import_id: Callable[[Values, str], str] = lambda _names, id: id


def bucket(clients: Clients, name: str) -> Values:
    location = {"LocationConstraint": REGION}
    clients("s3").create_bucket(Bucket=name, CreateBucketConfiguration=location)
    return {"name": name}


def key(clients: Clients, name: str) -> Values:
    ids = [clients("kms").create_key()["KeyMetadata"]["KeyId"] for _ in range(2)]
    return {"name": name, "key": ids[0], "other_key": ids[1]}


def grant(resource: str, *actions: str) -> str:
    """A resource policy with one-element lists and bare account ids, which AWS writes otherwise."""
    return policy(Sid="a", Effect="Allow", Principal={"AWS": [LOG]}, Action=[*actions], Resource=[resource])
