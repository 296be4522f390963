"""Specs of every kind and preset, and wishes with them, as hypothesis strategies made from the JSON Schema of each."""

from __future__ import annotations

from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from pydantic import ValidationError

from programs import KINDS
from programs.finding import Finding
from programs.findings import check
from programs.kinds import Offer
from programs.wish import Wish
from tests.programs.everything import wished
from tests.programs.wishes import ENVIRONMENTS, SECURITY, SOURCE_NAMES

Schema = dict[str, Any]
TYPES = ("splunk", "elastic", "vector", "fluentd")
WORD = st.from_regex(r"[A-Za-z][A-Za-z0-9_+=,.@-]{0,63}", fullmatch=True)
READERS = st.lists(WORD.map(lambda name: f"arn:aws:iam::{SECURITY}:role/{name}"), max_size=60, unique=True)


def _consumer(name: str, type: str, role: str, external_id: str) -> dict[str, str]:
    """Splunk's add-on sends no external id."""
    given = {"name": name, "type": type, "principal": f"arn:aws:iam::{SECURITY}:role/{role}"}
    return given if type == "splunk" else {**given, "external_id": external_id}


CONSUMERS = st.lists(
    st.builds(
        _consumer,
        st.from_regex(r"c[a-z0-9]{1,11}", fullmatch=True),
        st.sampled_from(TYPES),
        WORD,
        st.from_regex(r"[A-Za-z0-9_+=,.@:/-]{2,1224}", fullmatch=True),
    ),
    max_size=5,
    unique_by=lambda consumer: consumer["name"],
)


def offers() -> dict[str, tuple[str, Offer]]:
    """Every kind and preset by name, with the kind it is of."""
    return {
        f"{kind.name}/{offer.name}": (kind.name, offer)
        for kind in KINDS.values()
        for offer in (kind, *kind.presets.values())
    }


@st.composite
def specs(draw: st.DrawFn, offer: Offer) -> dict[str, Any]:
    """The example with some of its fields changed; a change that the model refuses is left out, so nothing is thrown away."""
    schema = offer.json_schema
    fields = [name for name in schema["properties"] if name != "preset"]
    spec = dict(offer.example)
    for name in draw(st.lists(st.sampled_from(fields), unique=True)):
        value = draw(_values(schema["properties"][name], schema.get("$defs", {})))
        if _valid(offer, {**spec, name: value}):
            spec[name] = value
    return spec


@st.composite
def wishes(draw: st.DrawFn, name: str) -> Wish:
    """Wishes for an offer that would be taken: nothing is said against them."""
    kind, offer = offers()[name]
    spec = {**draw(specs(offer)), "kind": kind}
    whole = wished(
        spec,
        name=draw(SOURCE_NAMES),
        environment=draw(ENVIRONMENTS),
        source_id=str(draw(st.uuids())),
        readers=draw(READERS),
        consumers=draw(CONSUMERS),
    )
    assume(not _refusals(whole))
    return whole


def _refusals(wish: Wish) -> list[Finding]:
    return [finding for finding in check(wish) if finding.severity == "ERROR"]


def _valid(offer: Offer, spec: dict[str, Any]) -> bool:
    try:
        offer.spec_model.model_validate(spec)
    except ValidationError:
        return False
    return True


def _values(schema: Schema, definitions: dict[str, Schema]) -> st.SearchStrategy[Any]:
    """Values that a schema describes, as far as pydantic writes schemas; what it checks besides is for the model."""
    if "$ref" in schema:
        return _values(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    if "anyOf" in schema:
        return st.one_of([_values(each, definitions) for each in schema["anyOf"]])
    made: st.SearchStrategy[Any] = _OF_TYPE[schema["type"]](schema, definitions)
    return made


def _integers(schema: Schema, _definitions: dict[str, Schema]) -> st.SearchStrategy[Any]:
    return st.integers(schema.get("minimum"), schema.get("maximum"))


def _strings(schema: Schema, _definitions: dict[str, Schema]) -> st.SearchStrategy[Any]:
    longest = schema.get("maxLength", 300)
    if "pattern" in schema:
        found = st.from_regex(schema["pattern"], fullmatch=True, alphabet=st.characters(codec="ascii"))
        return found.filter(lambda text: len(text) <= longest)
    return st.text(st.characters(codec="ascii", categories=("L", "N", "P")), max_size=longest)


def _arrays(schema: Schema, definitions: dict[str, Schema]) -> st.SearchStrategy[Any]:
    most = min(schema.get("maxItems", 5), 20)
    items = _values(schema["items"], definitions)
    return st.lists(items, min_size=schema.get("minItems", 0), max_size=most, unique_by=repr)


def _objects(schema: Schema, definitions: dict[str, Schema]) -> st.SearchStrategy[Any]:
    required = set(schema.get("required", ()))
    fields = {name: _values(each, definitions) for name, each in schema.get("properties", {}).items()}
    return st.fixed_dictionaries(
        {name: fields[name] for name in fields if name in required},
        optional={name: fields[name] for name in fields if name not in required},
    )


_OF_TYPE: dict[str, Any] = {
    "array": _arrays,
    "boolean": lambda _schema, _definitions: st.booleans(),
    "integer": _integers,
    "null": lambda _schema, _definitions: st.none(),
    "object": _objects,
    "string": _strings,
}
