"""Why a delivery did not happen."""

from __future__ import annotations


class Undelivered(Exception):
    """A try that failed, in words that anybody may read: never an address that is secret, never a receiver's own text.

    `final`: trying again is of no use.
    """

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final
