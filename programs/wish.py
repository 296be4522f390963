"""The only input a program has: one source as the engine must make it.

A wish holds no clock, no environment variable and no credential, so the same wish always gives the same resources.
"""

from __future__ import annotations

from typing import Any, Literal, Self, TypeVar

from pydantic import Field, SerializeAsAny, field_validator, model_validator
from pydantic_core.core_schema import ValidationInfo

from programs.kinds import KINDS
from programs.spec import (
    ENVIRONMENT_NAME,
    PROGRAM_VERSION,
    SOURCE_NAME,
    AccountAccess,
    Frozen,
    ReaderArn,
    Region,
)
from programs.store.spec import Consumer, StoreSpec
from programs.syslog.place import SyslogPlace

SpecT = TypeVar("SpecT", bound=StoreSpec)


class Wish(Frozen):
    """One source, complete: what the program makes true in the two accounts."""

    source_id: str = Field(min_length=1, max_length=64)
    name: str = Field(pattern=SOURCE_NAME)
    environment: str = Field(pattern=ENVIRONMENT_NAME)
    team: str = Field(
        pattern=r"^[A-Za-z0-9 _.:/=+@-]{1,128}$", description="What a tag's value may be made of."
    )
    kind: str
    spec: SerializeAsAny[StoreSpec]
    production: AccountAccess
    log: AccountAccess
    replica_region: Region | None = None
    """Where the log account keeps the copy; None: the environment has none."""
    readers: tuple[ReaderArn, ...] = ()
    """Principal ARNs that may read the store, from the environment."""
    consumers: tuple[Consumer, ...] = ()
    """Who is told of new objects, from the environment."""
    syslog: SyslogPlace | None = None
    """Where syslog servers stand, from the environment; None: it has no place for them."""
    stage: Literal["active", "draining", "retired"] = "active"
    """draining: nothing new is taken in, the rest still delivers what is buffered; retired: only the store is left."""
    program_version: str = PROGRAM_VERSION

    def spec_as(self, model: type[SpecT]) -> SpecT:
        """The spec, typed.

        Raises:
            TypeError: it is the spec of something else.
        """
        if not isinstance(self.spec, model):
            raise TypeError(f"a {self.kind} wish has a {type(self.spec).__name__}, not a {model.__name__}")
        return self.spec

    @property
    def sender(self) -> AccountAccess:
        """The production account, in the region where this source's logs are."""
        region = self.spec.sender_region or self.production.region
        return self.production.model_copy(update={"region": region})

    @property
    def replicated(self) -> bool:
        """Whether the store has a copy in a second region."""
        return self.replica_region is not None and self.spec.replicate

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        if kind not in KINDS:
            raise ValueError(f"no such kind; known: {', '.join(sorted(KINDS))}")
        return kind

    @field_validator("spec", mode="wrap")
    @classmethod
    def _by_kind(cls, spec: Any, _: Any, info: ValidationInfo) -> StoreSpec:
        kind = KINDS.get(info.data.get("kind", ""))
        if kind is None:
            raise ValueError("the kind is not known, so its spec cannot be read")
        values = spec.model_dump() if isinstance(spec, StoreSpec) else dict(spec)
        return kind.model_for(values).model_validate(values)

    @model_validator(mode="after")
    def _two_accounts(self) -> Self:
        # Logs that lie in the account they come from can be altered by whoever administers it.
        if self.production.account_id == self.log.account_id:
            raise ValueError("the log account must be another account than the production account")
        return self

    @field_validator("consumers")
    @classmethod
    def _each_once(cls, consumers: tuple[Consumer, ...]) -> tuple[Consumer, ...]:
        names = [consumer.name for consumer in consumers]
        if len(set(names)) < len(names):
            raise ValueError("two consumers have the same name")
        return consumers

    @model_validator(mode="after")
    def _two_regions(self) -> Self:
        if self.replica_region == self.log.region:
            raise ValueError("the replica region must be another region than the store's")
        return self
