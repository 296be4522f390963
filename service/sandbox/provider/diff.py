"""What differs between two sets of inputs, path by path, and inputs rebuilt from what is really there."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from service.sandbox.catalog import documents
from service.sandbox.catalog.check import join
from service.sandbox.catalog.schema import Prop, Unknown, Values, is_empty


@dataclass(frozen=True)
class Change:
    """One difference: where (`rules[0].expiration.days`), what kind, and whether it makes a new object."""

    path: str
    kind: Literal["add", "update", "delete"]
    replaces: bool


def compare(
    props: Mapping[str, Prop], old: Values, new: Values, path: str = "", replaces: bool = False
) -> Iterator[Change]:
    """Every difference from `old` to `new`. What AWS decides by itself, and what merely is written differently, is none."""
    for name, prop in props.items():
        before, after = old.get(name), new.get(name)
        if after is None and prop.computed:
            continue
        yield from _compare_value(prop, before, after, join(path, name), replaces or prop.replaces)


def ignoring(changes: Iterator[Change], ignored: list[str]) -> list[Change]:
    """The changes without those at or below an ignored path (`tags`, `rules[*].status`)."""
    patterns = [path.replace("[", "[[]") for path in ignored]
    return [
        change for change in changes if not any(_at_or_below(change.path, pattern) for pattern in patterns)
    ]


def _at_or_below(path: str, pattern: str) -> bool:
    return any(fnmatch.fnmatchcase(path, pattern + tail) for tail in ("", ".*", "[[]*"))


def same(prop: Prop, one: Any, other: Any) -> bool:
    """Whether two values of a property mean the same."""
    return not any(_compare_value(prop, one, other, "", False))


def _compare_value(prop: Prop, old: Any, new: Any, path: str, replaces: bool) -> Iterator[Change]:
    if isinstance(old, Unknown) or isinstance(new, Unknown):
        yield Change(path, "update" if old is not None else "add", replaces)
    elif is_empty(old) and is_empty(new):
        return
    elif is_empty(old) or old is None:
        yield Change(path, "add", replaces)
    elif new is None:
        yield Change(path, "delete", replaces)
    elif prop.kind == "block":
        yield from compare(prop.fields, old, new, path, replaces)
    elif prop.kind in ("list", "set") and prop.item is not None:
        yield from _compare_arrays(prop, prop.item, old, new, path, replaces)
    elif prop.kind == "map":
        yield from _compare_maps(old, new, path, replaces)
    elif not _same_scalar(prop, old, new):
        yield Change(path, "update", replaces)


def _same_scalar(prop: Prop, old: Any, new: Any) -> bool:
    if old == new:
        return True
    if prop.kind == "json":
        return documents.equivalent(str(old), str(new))
    return prop.alike is not None and bool(prop.alike(old) == prop.alike(new))


def _compare_maps(old: Values, new: Values, path: str, replaces: bool) -> Iterator[Change]:
    for key in sorted(old.keys() | new.keys()):
        where = f"{path}.{key}" if key.isidentifier() else f'{path}["{key}"]'
        if key not in new:
            yield Change(where, "delete", replaces)
        elif key not in old:
            yield Change(where, "add", replaces)
        elif old[key] != new[key]:
            yield Change(where, "update", replaces)


def _compare_arrays(
    prop: Prop, item: Prop, old: list[Any], new: list[Any], path: str, replaces: bool
) -> Iterator[Change]:
    for before, after in _pairs(prop, item, old, new):
        index = after if after is not None else before
        where = f"{path}[{index}]"
        if before is None:
            yield Change(where, "add", replaces)
        elif after is None:
            yield Change(where, "delete", replaces)
        else:
            yield from _compare_value(item, old[before], new[after], where, replaces)


def _pairs(prop: Prop, item: Prop, old: list[Any], new: list[Any]) -> list[tuple[int | None, int | None]]:
    """Which element of `old` is which of `new`, by index: by position in a list, by key or equality in a set."""
    if prop.kind == "list" and prop.key is None:
        longest = max(len(old), len(new))
        return [(i if i < len(old) else None, i if i < len(new) else None) for i in range(longest)]
    pairs: list[tuple[int | None, int | None]] = []
    free_old, free_new = list(range(len(old))), []
    for after in range(len(new)):
        before = next((i for i in free_old if _is_same_element(prop, item, old[i], new[after])), None)
        if before is None:
            free_new.append(after)
        else:
            free_old.remove(before)
            pairs.append((before, after))
    if prop.key is not None:
        return pairs + [(before, None) for before in free_old] + [(None, after) for after in free_new]
    # What is left of both sides is told as changed elements rather than as one gone and one come.
    while free_old and free_new:
        pairs.append((free_old.pop(0), free_new.pop(0)))
    return pairs + [(before, None) for before in free_old] + [(None, after) for after in free_new]


def _is_same_element(prop: Prop, item: Prop, old: Any, new: Any) -> bool:
    if prop.key is None:
        return same(item, old, new)
    return isinstance(old, dict) and isinstance(new, dict) and old.get(prop.key) == new.get(prop.key)


def inputs_from(props: Mapping[str, Prop], live: Values) -> Values:
    """Inputs of something that no program has described yet (an import): all that is there, and the provider's own defaults."""
    out: Values = {}
    for name, prop in props.items():
        value = prop.default if prop.local else live.get(name)
        if value is not None and (prop.default is not None or not is_empty(value)):
            out[name] = value
    return out


def as_written(props: Mapping[str, Prop], written: Values, live: Values) -> Values:
    """Inputs rebuilt from the live object, in the words of the program where the meaning is still the same.

    A property that the program never set appears only where AWS does not decide it by itself: then somebody set it by hand.
    """
    out: Values = {}
    for name, prop in props.items():
        if prop.local:
            value = written.get(name)
        elif name in written:
            value = _as_written(prop, written[name], live.get(name))
        elif prop.computed or is_empty(live.get(name)):
            continue
        else:
            value = live[name]
        if value is not None:
            out[name] = value
    return out


def _as_written(prop: Prop, written: Any, live: Any) -> Any:
    if same(prop, written, live):
        return written
    if prop.kind == "block" and isinstance(live, dict) and isinstance(written, dict):
        return as_written(prop.fields, written, live)
    if (
        prop.kind in ("list", "set")
        and prop.item is not None
        and isinstance(live, list)
        and isinstance(written, list)
    ):
        pairs = _pairs(prop, prop.item, written, live)
        known = [(old, new) for old, new in pairs if old is not None and new is not None]
        fresh = [new for old, new in pairs if old is None and new is not None]
        return [_as_written(prop.item, written[old], live[new]) for old, new in sorted(known)] + [
            live[new] for new in fresh
        ]
    return live
