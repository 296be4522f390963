"""How every text begins and how its comments are set. All four products take `#` at the beginning of a line."""

from __future__ import annotations

import textwrap

from .reading import Reading

WIDTH = 100


def said(*sentences: str, indent: int = 0) -> str:
    """Sentences as comment lines, each sentence on a line of its own, wrapped; no newline at the end."""
    margin = " " * indent + "# "
    return "\n".join(
        textwrap.fill(
            sentence,
            WIDTH,
            initial_indent=margin,
            subsequent_indent=margin,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for sentence in sentences
    )


def heading(reading: Reading, product: str, file: str) -> str:
    """What the text is for, where it goes, and where messages end that could not be handled."""
    return said(
        f"logflume: source {reading.source} of environment {reading.environment}, read by {reading.consumer} ({product}).",
        f"Goes into {file}.",
        f"What could not be read after five tries waits 14 days in {reading.dead_letters_url}: look there.",
    )
