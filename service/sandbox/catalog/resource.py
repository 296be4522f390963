"""What a resource type is: the base that every entry of the catalogue fills in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from service.sandbox.catalog.check import Failure
from service.sandbox.catalog.schema import Prop, Values

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws

_PROVIDER_PAGE = "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/"
_BRIDGE_PAGE = "https://www.pulumi.com/registry/packages/aws/api-docs/"


@dataclass(frozen=True)
class Naming:
    """Which input is the physical name, and how one is made up when the program gives none.

    A name is `<prefix input><26 hex>` where the type has a prefix input and it is given, else `<logical name>-<7 hex>`,
    as the real provider does. `lead` is put before it (`alias/`), `longest` is AWS's limit.
    """

    name: str
    prefix: str | None
    longest: int
    lead: str = ""
    lower: bool = False


class Resource(ABC):
    """One resource type. Methods raise AwsError or ProviderError; the server puts `doing` words before the first."""

    token: ClassVar[str]
    title: ClassVar[str]
    """What the real provider calls it in error texts: "S3 Bucket"."""
    documented: ClassVar[str]
    """The page of the real provider's documentation that this was made after, by its name there: "s3_bucket"."""
    inputs: ClassVar[Mapping[str, Prop]]
    computed: ClassVar[tuple[str, ...]] = ()
    """Outputs that are no inputs: unknown in a preview of a creation."""
    moving: ClassVar[tuple[str, ...]] = ()
    """Outputs that any update changes (`versionId`): unknown in a preview of an update."""
    naming: ClassVar[Naming | None] = None

    @property
    def pages(self) -> tuple[str, str]:
        """Where inputs, outputs, defaults, import ids and what replaces are written down: of the provider, and of its bridge."""
        folder, name = self.token.split(":")[1].partition("/")[0], self.token.rpartition(":")[2]
        return _PROVIDER_PAGE + self.documented, f"{_BRIDGE_PAGE}{folder}/{name.lower()}/"

    @property
    def tagged(self) -> bool:
        """Whether this type takes tags (and so the provider's default tags)."""
        return "tags" in self.inputs

    def rules(self, inputs: Values) -> Iterator[Failure]:
        """What is wrong with the inputs beyond what the table says: properties that exclude or need each other."""
        yield from ()

    def replacing(self, old: Values, new: Values) -> set[str]:
        """Inputs of which this change makes a new object, where others of the same input do not (`CustomizeDiff`)."""
        return set()

    @abstractmethod
    def create(self, aws: Aws, inputs: Values) -> str:
        """Make the object and give its id back. Nothing may fail after the object exists: that is `settle`'s part."""

    def settle(self, aws: Aws, id: str, inputs: Values) -> None:  # noqa: B027 - most types have nothing to settle
        """Follow-up calls and waiting after `create`; a failure leaves the object, recorded as not initialised."""

    @abstractmethod
    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        """All properties of the live object in the form of the inputs, or None when it is gone.

        `known` holds the last outputs; empty for an import, when the id is all there is.
        """

    def identity(self, id: str, live: Values) -> str:
        """The id to keep, where an import id is not the one."""
        return id

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        """Make the live object like `new`; `changed` names the top-level inputs that differ. Types that replace on every change
        never get here."""
        raise NotImplementedError(f"{self.token} has no update")

    @abstractmethod
    def delete(self, aws: Aws, id: str, known: Values) -> None:
        """Delete the object; one that is gone already is a success. `known` holds the last outputs."""


def tag_list(
    tags: Mapping[str, str] | None, key: str = "Key", value: str = "Value"
) -> list[dict[str, str]] | None:
    """Tags as most AWS APIs take them; None for none."""
    return [{key: name, value: text} for name, text in sorted(tags.items())] if tags else None


def tag_map(tags: list[dict[str, str]] | None, key: str = "Key", value: str = "Value") -> dict[str, str]:
    """Tags as the provider shows them: those of AWS itself (`aws:…`) are not ours to manage."""
    return {tag[key]: tag.get(value, "") for tag in tags or [] if not tag[key].startswith("aws:")}


def tag_changes(old: Values, new: Values) -> tuple[list[str], dict[str, str]]:
    """Tag keys to remove, and tags to write."""
    before, after = old.get("tags") or {}, new.get("tags") or {}
    return sorted(before.keys() - after.keys()), {
        key: text for key, text in after.items() if before.get(key) != text
    }


def present(**values: Any) -> dict[str, Any]:
    """The values that are not None."""
    return {name: value for name, value in values.items() if value is not None}
