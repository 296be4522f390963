"""A source's program against an emulator, without an engine: the catalogue makes, reads, changes and deletes what it registers.

The programs, their documents and the calls are the real ones; what decides which resource is touched is this module, which does
as the engine does for a first update, a refresh, a second update and a destroy. Types of other services are made up.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi

from bench.second_opinion.compare import Call
from service.plugin.server import HalfMade
from service.plugin.values import from_struct, to_struct
from service.sandbox.catalog import resource_types
from service.sandbox.catalog.errors import AwsError, ProviderError
from service.sandbox.catalog.schema import Values
from service.sandbox.provider import operations
from service.sandbox.provider.aws import Aws, ProviderConfig, Session
from tests.programs.recording import MadeUp, run

PLAYED = ("aws:s3/", "aws:iam/", "aws:sqs/", "aws:sns/", "aws:kms/")


class Recording(Session):
    """A session that notes its calls. One thread at a time, as the resources are made one after another."""

    def __init__(self, config: ProviderConfig, calls: list[Call]) -> None:
        super().__init__(config, threading.Event())
        self._calls = calls
        self.step = ""

    def call(self, service: str, region: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        code, answer = "", {}
        try:
            answer = super().call(service, region, operation, params)
            return answer
        except AwsError as error:
            code = error.code
            raise
        finally:
            self._calls.append(Call(self.step, service, operation, params, code, answer))


@dataclass
class Made:
    """A resource that was made: its inputs, and what the emulator gave back."""

    token: str
    aws: Aws
    id: str
    inputs: Values
    outputs: Values


class Play(pulumi.runtime.Mocks):
    """One source in one emulator. The AWS configuration of the process says where that is."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.made: dict[str, Made] = {}
        self._sessions: dict[str, Recording] = {}
        self._registered: set[str] = set()
        self._one_at_a_time = threading.Lock()

    def update(self, program: Callable[[], None]) -> None:
        """Make what is missing, change what differs, delete what the program no longer has."""
        self._registered.clear()
        run(program, self)
        for name in [name for name in reversed(self.made) if name not in self._registered]:
            self._delete(name)

    def refresh(self) -> None:
        """Read everything, and note what would be drift."""
        for name, made in self.made.items():
            seen = self._do(f"refresh {name}", made, lambda made=made: self._read(made))
            drift = (
                operations.diff(resource_types()[made.token], seen.inputs, made.inputs, []) if seen else []
            )
            paths = ["gone"] if seen is None else sorted(change.path for change in drift)
            self._note(f"refresh {name}", "drift", made.token, paths)

    def destroy(self) -> None:
        """Delete everything, last first."""
        for name in list(reversed(self.made)):
            self._delete(name)

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        """Asked for each registration; raises nothing, for a refusal is an answer to compare."""
        if args.typ == "pulumi:providers:aws":
            config = ProviderConfig.parse(args.inputs)
            self._sessions.setdefault(args.name, Recording(config, self.calls))
        if not args.typ.startswith(PLAYED):
            return MadeUp().new_resource(args)
        with self._one_at_a_time:
            self._registered.add(args.name)
            self._bring_to(args)
            made = self.made.get(args.name)
        return (made.id, made.outputs) if made else MadeUp().new_resource(args)

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        raise AssertionError(f"programs ask nothing: {args.token}")

    def _bring_to(self, args: pulumi.runtime.MockResourceArgs) -> None:
        resource, known = resource_types()[args.typ], self.made.get(args.name)
        session = self._sessions[args.provider.rpartition("::")[0].rpartition("::")[2]]
        news = from_struct(to_struct(args.inputs))
        inputs, failures = operations.check(resource, known.inputs if known else {}, news, {}, args.name, b"")
        if failures:
            # What it needs could not be made.
            return
        if known is None:
            made = Made(args.typ, Aws(session, inputs.get("region") or session.region), "", inputs, {})
            self._do(f"create {args.name}", made, lambda: self._create(args.name, made))
        elif operations.diff(resource, known.inputs, inputs, []):
            self._do(f"update {args.name}", known, lambda: self._update(known, inputs))

    def _create(self, name: str, made: Made) -> None:
        try:
            made.id, made.outputs = operations.create(resource_types()[made.token], made.aws, made.inputs)
        except HalfMade as half:
            made.id, made.outputs = half.seen.id, half.seen.outputs
            raise
        finally:
            if made.id:
                self.made[name] = made

    def _update(self, made: Made, inputs: Values) -> None:
        resource = resource_types()[made.token]
        made.outputs = operations.update(resource, made.aws, made.id, made.outputs, made.inputs, inputs, [])
        made.inputs = inputs

    def _read(self, made: Made) -> Any:
        return operations.read(resource_types()[made.token], made.aws, made.id, made.outputs, made.inputs)

    def _delete(self, name: str) -> None:
        made = self.made.pop(name)
        resource = resource_types()[made.token]
        self._do(f"delete {name}", made, lambda: operations.delete(resource, made.aws, made.id, made.outputs))

    def _do(self, step: str, made: Made, work: Callable[[], Any]) -> Any:
        session = made.aws.session
        if not isinstance(session, Recording):
            raise TypeError("a session that does not note its calls")
        session.step = step
        try:
            return work()
        except (ProviderError, HalfMade) as error:
            self._note(step, "failed", made.token, [str(error)])
            return None

    def _note(self, step: str, what: str, token: str, found: list[str]) -> None:
        self.calls.append(Call(step, what, token.rpartition(":")[2], {}, "", {"found": found}))
