"""A spec of each preset."""

from __future__ import annotations

from typing import Any

from programs.wish import Wish
from tests.programs.wishes import wish

ROUTE53: dict[str, Any] = {"preset": "route53", "zone": "payments.example.com", "zone_id": "Z0123"}
RDS: dict[str, Any] = {
    "preset": "rds",
    "instance": "payments",
    "engine": "postgres",
    "exports": ["postgresql", "upgrade"],
}
EKS: dict[str, Any] = {"preset": "eks", "cluster": "payments", "types": ["audit", "api"]}
ALL = {"route53": ROUTE53, "rds": RDS, "eks": EKS}


def preset_wish(spec: dict[str, Any], *without: str, **changes: Any) -> Wish:
    """The wish of a preset's spec, `without` some fields of it."""
    asked = {name: value for name, value in spec.items() if name not in without}
    return Wish.model_validate({**wish().model_dump(), "spec": asked, **changes})
