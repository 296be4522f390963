"""`/metrics` for Prometheus: the requests of this process, and everything else from the database.

Each web process counts its own requests, so each is scraped by itself, as Prometheus expects of instances. A token is needed
like for every other read: names of sources and teams are not for everybody, and Prometheus can send one
(`authorization: credentials_file`).
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import Scope

from service.measures import Measures

from .deps import SIGNED_IN, CallerDep

router = APIRouter(tags=["health"], dependencies=[SIGNED_IN])

UNROUTED = "none"
"""The route of a request that no handler took: its path could be anything, and every label is a series."""


class RequestCounts:
    """How many requests this process has answered, by method, route and status."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._answered = Counter(
            "logflume_requests",
            "Requests that this process has answered.",
            ["method", "route", "status"],
            registry=self.registry,
        )

    def note(self, method: str, scope: Scope, status: int) -> None:
        """Count a request that was answered; `scope` is as the router left it."""
        route: Any = scope.get("route")
        known = method if method in ("GET", "HEAD", "POST", "PUT", "DELETE") else "other"
        self._answered.labels(known, getattr(route, "path", UNROUTED), str(status)).inc()


@router.get("/metrics", response_class=Response)
def metrics(request: Request, _: CallerDep) -> Response:
    """Everything there is to measure, in Prometheus's text format."""
    counts: RequestCounts = request.app.state.requests
    stored = CollectorRegistry()
    stored.register(Measures(request.app.state.engine))
    body = generate_latest(counts.registry) + generate_latest(stored)
    return Response(body, media_type=CONTENT_TYPE_LATEST)
