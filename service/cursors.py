"""Opaque cursors: the sort keys of the last row that was sent, so that rows added meanwhile move nothing."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, TypeDecorator, literal, tuple_

from .errors import FieldError, Invalid


def cursor_of(*keys: str | datetime) -> str:
    """The cursor behind a row with these sort keys."""
    plain = [key.isoformat() if isinstance(key, datetime) else key for key in keys]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def after(cursor: str, columns: Sequence[Any], *, newest_first: bool = False) -> ColumnElement[bool]:
    """The rows behind a cursor, for a list sorted by `columns`.

    Raises:
        Invalid: the cursor is none that `cursor_of` made for such columns.
    """
    try:
        keys = [
            literal(_typed(key, column), column.type)
            for key, column in zip(_decoded(cursor), columns, strict=True)
        ]
    except ValueError as error:
        problem = FieldError("/query/cursor", "Send the next_cursor of the page before, unchanged.")
        raise Invalid("The cursor is not one that this list gave out.", errors=[problem]) from error
    left, right = tuple_(*columns), tuple_(*keys)
    return left < right if newest_first else left > right


def _decoded(cursor: str) -> list[Any]:
    keys = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    if not isinstance(keys, list):
        raise ValueError("not a list")
    return keys


def _typed(key: Any, column: Any) -> str | datetime:
    if not isinstance(key, str) or "\x00" in key or not key.isprintable():
        raise ValueError("not a sort key")
    if not _is_moment(column):
        return key
    moment = datetime.fromisoformat(key)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment


def _is_moment(column: Any) -> bool:
    # SQLModel wraps the type of a date, to keep its zone.
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    return isinstance(kind, DateTime)
