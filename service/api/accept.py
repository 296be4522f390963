"""What a caller can read (RFC 9110, 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence

JSON = ("application/json", "application/problem+json")
EVENTS = "text/event-stream"
HTML = "text/html"
TEXT = "text/plain"


def takes(accept: str, offers: Sequence[str]) -> bool:
    """Whether one of the offered types is welcome. No header welcomes everything."""
    return not accept.strip() or any(weight(accept, offer) > 0 for offer in offers)


def weight(accept: str, offer: str) -> float:
    """How welcome a type is, 0 to 1; the most specific range that covers it decides."""
    best: tuple[int, float] = (0, 0.0)
    for part in accept.split(","):
        wanted, *parameters = (piece.strip().lower() for piece in part.split(";"))
        kinds = {offer: 3, offer.partition("/")[0] + "/*": 2, "*/*": 1}
        if wanted in kinds:
            best = max(best, (kinds[wanted], _quality(parameters)))
    return best[1]


def _quality(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
