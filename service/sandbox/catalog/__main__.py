"""`python -m service.sandbox.catalog > docs/resource-types.md`: what the stand-in plugin plays, type by type."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping

from service.sandbox.catalog import resource_types
from service.sandbox.catalog.resource import Resource
from service.sandbox.catalog.schema import Prop

HEAD = """# Resource types of the sandbox

Written by `python -m service.sandbox.catalog` from the catalogue (`service/sandbox/catalog`); a test holds it up to date.
A type takes the inputs named here, and refuses any other by name. Each links to the page of the real provider's
documentation that it was made after, and to that of its bridge. `tests/sandbox/provider/test_lifecycle.py` takes each type
through create, read, update, replacement, delete and import; `tests/sandbox/catalog/test_sdk.py` holds inputs, what is
required, and outputs against the SDK.

"Written differently" are the inputs of which AWS gives back another writing than the program's: documents compared by meaning,
sets without an order, blocks told apart by a field, and texts with several writings. What AWS decides where the program says
nothing is no difference.

| type | inputs (**required**) | a change replaces | defaults | written differently | decided by AWS |
|---|---|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    types = sorted(resource_types().items())
    return HEAD + "".join(f"| {' | '.join(_row(resource))} |\n" for _, resource in types)


def _row(resource: Resource) -> Iterator[str]:
    inputs = resource.inputs
    provider, bridge = resource.pages
    yield f"[{resource.token.rpartition(':')[2]}]({provider}) ([bridge]({bridge}))"
    yield _listed(f"**{name}**" if prop.required else name for name, prop in inputs.items())
    yield _listed(name for name, prop in inputs.items() if prop.replaces)
    yield _listed(
        f"{name} {json.dumps(prop.default)}" for name, prop in inputs.items() if prop.default is not None
    )
    yield _listed(_rewritten(inputs))
    yield _listed(name for name, prop in inputs.items() if prop.computed)


def _rewritten(props: Mapping[str, Prop], path: str = "") -> Iterator[str]:
    for name, prop in props.items():
        where = f"{path}{name}"
        if prop.kind in ("json", "set") or prop.key is not None or prop.alike is not None:
            yield where
        fields = prop.item.fields if prop.item is not None else prop.fields
        yield from _rewritten(fields, f"{where}.")


def _listed(names: Iterator[str]) -> str:
    return ", ".join(names) or "none"


if __name__ == "__main__":
    sys.stdout.write(page())
