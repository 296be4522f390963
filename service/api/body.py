"""The JSON of a body, looked at once before anything else reads it.

JSON can say more than the database can keep: NUL and lone surrogates are no PostgreSQL text, NaN is no JSON number, and what is
nested without end breaks whoever walks it. All of it is refused here, so no handler has to think of it.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from service.errors import BadRequest, FieldError, Invalid
from service.requests import pointer

DEEPEST = 32
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")


def check(body: bytes) -> None:
    """Pass what every part of the service can hold.

    Raises:
        BadRequest: not JSON (RFC 8259, in UTF-8), or nested deeper than `DEEPEST`.
        Invalid: a string that cannot be stored.
    """
    try:
        data = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadRequest("The body is not JSON in UTF-8.") from error
    _walk(data)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _walk(data: Any) -> None:
    waiting: list[tuple[Any, tuple[str | int, ...]]] = [(data, ())]
    while waiting:
        value, path = waiting.pop()
        if len(path) > DEEPEST:
            raise BadRequest(f"The body is nested deeper than {DEEPEST} levels.")
        if isinstance(value, str):
            _must_be_text(value, path)
        elif isinstance(value, dict):
            for key in value:
                _must_be_text(key, path)
            waiting += [(item, (*path, key)) for key, item in value.items()]
        elif isinstance(value, list):
            waiting += [(item, (*path, index)) for index, item in enumerate(value)]


def _must_be_text(text: str, path: tuple[str | int, ...]) -> None:
    if _NOT_TEXT.search(text):
        problem = FieldError(pointer(path), "Holds a NUL or half of a surrogate pair.", "not_text")
        raise Invalid("The request breaks a rule; nothing was stored.", errors=[problem])
