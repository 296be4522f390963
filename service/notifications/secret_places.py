"""What a subscription names instead of a secret, read at the moment of use."""

from __future__ import annotations

import os
from pathlib import Path

from .undelivered import Undelivered


def read(place: str) -> str:
    """The secret at `env:NAME` or `file:/path`, without white space around it.

    Raises:
        Undelivered: there is none.
    """
    kind, _, name = place.partition(":")
    try:
        found = os.environ.get(name, "") if kind == "env" else Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Undelivered(f"{place} cannot be read ({type(error).__name__})") from error
    if not found.strip():
        raise Undelivered(f"{place} is empty or not set")
    return found.strip()
