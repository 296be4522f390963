"""What is built in AWS. A program is a callable made from a frozen wish; it reads nothing else.

Imported lazily, so that a process that only validates specs does not load the Pulumi SDK.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from programs.kinds import KINDS as KINDS
    from programs.spec import Wish


def program_for(wish: Wish) -> Callable[[], None]:
    """The inline program that makes the wish true."""
    from programs.kinds import KINDS

    return partial(KINDS[wish.kind].program, wish)


def __getattr__(name: str) -> Any:
    if name == "KINDS":
        from programs.kinds import KINDS

        return KINDS
    raise AttributeError(name)
