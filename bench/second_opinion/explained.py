"""Why the two emulators differ where they do, as written down in `explained.toml`."""

from __future__ import annotations

import fnmatch
import tomllib
from dataclasses import dataclass
from pathlib import Path

from bench.second_opinion.compare import Difference

_FILE = Path(__file__).with_suffix(".toml")
RIGHT = ("sandbox", "ministack", "both", "neither", "unknown")


@dataclass(frozen=True)
class Explanation:
    """One reason. `where`, `what`, `ours` and `theirs` are patterns with `*`; `right` says who answers as AWS documents it."""

    where: str
    what: str
    right: str
    why: str
    ours: str = "*"
    theirs: str = "*"

    def __post_init__(self) -> None:
        if self.right not in RIGHT or not self.why:
            raise ValueError(f"{self.where}: `right` must be one of {RIGHT}, and `why` must say something")

    def covers(self, difference: Difference) -> bool:
        """Whether this is about that difference."""
        pairs = (
            (difference.where, self.where),
            (difference.what, self.what),
            (difference.ours, self.ours),
            (difference.theirs, self.theirs),
        )
        return all(fnmatch.fnmatchcase(text, pattern.replace("[", "[[]")) for text, pattern in pairs)


def read(path: Path = _FILE) -> list[Explanation]:
    """Every explanation. Raises ValueError where one says nothing."""
    return [Explanation(**one) for one in tomllib.loads(path.read_text())["explained"]]


def explanation_of(difference: Difference, known: list[Explanation]) -> Explanation | None:
    """The first explanation that is about a difference."""
    return next((one for one in known if one.covers(difference)), None)
