"""Event selectors of a trail: which records they select, and which selectors AWS does not take. Pure.

Sources: API_EventSelector, API_DataResource, API_AdvancedEventSelector and API_AdvancedFieldSelector in the CloudTrail API
reference; "Quotas in AWS CloudTrail" in its user guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Record = Mapping[str, Any]
Selector = dict[str, Any]

MANAGEMENT_FIELDS = {"eventCategory", "readOnly", "eventSource"}
DATA_FIELDS = {
    *(
        "eventCategory",
        "resources.type",
        "readOnly",
        "eventName",
        "eventSource",
        "eventType",
        "resources.ARN",
    ),
    *("sessionCredentialFromConsole", "userIdentity.arn"),
}
EXCLUDABLE = {"kms.amazonaws.com", "rdsdata.amazonaws.com"}
"""The only sources of management events that a trail can do without; it cannot be told to log one source alone."""
ONLY_EQUALS = {"eventCategory", "readOnly", "resources.type"}
OPERATORS = ("Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith")
MOST_SELECTORS = 5
MOST_DATA_RESOURCES = 250
MOST_VALUES = 500
RESOURCE_TYPE = re.compile(r"AWS::[A-Za-z0-9]+::[A-Za-z0-9]+")


def selects(basic: list[Selector], advanced: list[Selector], record: Record) -> bool:
    """Whether a trail with these selectors (of one kind or the other) logs the record."""
    if advanced:
        return any(_advanced_selects(selector, record) for selector in advanced)
    return any(_basic_selects(selector, record) for selector in basic)


def _basic_selects(selector: Selector, record: Record) -> bool:
    if not _of_type(selector.get("ReadWriteType", "All"), read_only=bool(record["readOnly"])):
        return False
    if record["managementEvent"]:
        excluded = selector.get("ExcludeManagementEventSources") or []
        return selector.get("IncludeManagementEvents", True) and record["eventSource"] not in excluded
    return any(
        resource["type"] == wanted["Type"] and _any_starts(resource["ARN"], wanted["Values"])
        for wanted in selector.get("DataResources") or []
        for resource in record.get("resources") or []
    )


def _of_type(wanted: str, *, read_only: bool) -> bool:
    return wanted == "All" or (wanted == "ReadOnly") == read_only


def _any_starts(arn: str, values: list[str]) -> bool:
    """`arn:aws:lambda` and the like name everything of a service; a bucket is named with the slash behind it."""
    return any(arn.startswith(value) for value in values)


def _advanced_selects(selector: Selector, record: Record) -> bool:
    return all(
        _field_matches(field, _values_of(field["Field"], record)) for field in selector["FieldSelectors"]
    )


def _values_of(field: str, record: Record) -> list[str]:
    if field.startswith("resources."):
        member = field.removeprefix("resources.")
        # A record of an object also names its bucket; the field means the resource that was worked on, which is the first.
        return [str(resource[member]) for resource in (record.get("resources") or [])[:1]]
    if field == "userIdentity.arn":
        return [str(record["userIdentity"].get("arn", ""))]
    value = record.get(field, "")
    return [str(value).lower() if isinstance(value, bool) else str(value)]


def _field_matches(field: Selector, values: list[str]) -> bool:
    """The positive operators are alternatives; of the negative ones none may hold."""
    wanted = any(field.get(operator) for operator in OPERATORS[:3])
    if wanted and not any(_meets(field, OPERATORS[:3], text) for text in values):
        return False
    return not any(_meets(field, OPERATORS[3:], text) for text in values)


def _meets(field: Selector, operators: tuple[str, ...], text: str) -> bool:
    """Whether one of three operators (equals, starts, ends) holds for the text."""
    equals, starts, ends = (tuple(field.get(operator) or ()) for operator in operators)
    return text in equals or text.startswith(starts) or text.endswith(ends)


def wrong(basic: list[Selector], advanced: list[Selector]) -> str | None:
    """Why PutEventSelectors does not take these; None where it does."""
    return next(_faults(basic, advanced), None)


def _faults(basic: list[Selector], advanced: list[Selector]) -> Iterator[str]:
    if basic and advanced:
        yield "A trail takes event selectors or advanced event selectors, not both."
    if not basic and not advanced:
        yield "At least one event selector is needed."
    yield from _basic_faults(basic)
    if sum(
        len(field.get(name) or [])
        for one in advanced
        for field in one["FieldSelectors"]
        for name in OPERATORS
    ) > (MOST_VALUES):
        yield f"A trail has at most {MOST_VALUES} values in all advanced event selectors."
    for selector in advanced:
        yield from _advanced_faults({field["Field"]: field for field in selector["FieldSelectors"]})


def _basic_faults(selectors: list[Selector]) -> Iterator[str]:
    if len(selectors) > MOST_SELECTORS:
        yield f"A trail has at most {MOST_SELECTORS} event selectors."
    resources = [one for selector in selectors for one in selector.get("DataResources") or []]
    if sum(len(resource["Values"]) for resource in resources) > MOST_DATA_RESOURCES:
        yield f"A trail has at most {MOST_DATA_RESOURCES} data resources in all event selectors."
    for selector in selectors:
        if set(selector.get("ExcludeManagementEventSources") or []) - EXCLUDABLE:
            yield f"ExcludeManagementEventSources can name {' and '.join(sorted(EXCLUDABLE))} only."


def _advanced_faults(fields: dict[str, Selector]) -> Iterator[str]:
    category = (fields.get("eventCategory") or {}).get("Equals")
    if category not in (["Management"], ["Data"]):
        yield "Each advanced event selector needs eventCategory Equals Management or Data."
        return
    known = MANAGEMENT_FIELDS if category == ["Management"] else DATA_FIELDS
    for name in sorted(fields.keys() - known):
        yield f"{name} is not supported in selectors of {category[0]} events."
    for name in sorted(ONLY_EQUALS & fields.keys()):
        if any(fields[name].get(operator) for operator in OPERATORS[1:]):
            yield f"{name} takes the Equals operator only."
    if not set((fields.get("readOnly") or {}).get("Equals") or []) <= {"true", "false"}:
        yield "readOnly can be true or false."
    yield from _management_faults(fields) if category == ["Management"] else _data_faults(fields)


def _management_faults(fields: dict[str, Selector]) -> Iterator[str]:
    source = fields.get("eventSource")
    if source is None:
        return
    others = any(source.get(operator) for operator in OPERATORS if operator != "NotEquals")
    if others or not set(source.get("NotEquals") or []) <= EXCLUDABLE:
        yield f"eventSource of Management events can only be NotEquals {' or '.join(sorted(EXCLUDABLE))}."


def _data_faults(fields: dict[str, Selector]) -> Iterator[str]:
    types = (fields.get("resources.type") or {}).get("Equals") or []
    if len(types) != 1 or not RESOURCE_TYPE.fullmatch(types[0]):
        yield "Selectors of Data events need resources.type Equals one resource type."
