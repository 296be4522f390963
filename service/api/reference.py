"""`/docs`: every call of the API on one page, made from its OpenAPI document, with no script from anywhere."""

from __future__ import annotations

from html import escape
from typing import Any


def reference_page(document: dict[str, Any]) -> str:
    """HTML of an OpenAPI document: method, path, what it does, what it answers."""
    rows = "".join(
        _row(method, path, call)
        for path, calls in document["paths"].items()
        for method, call in calls.items()
    )
    title = escape(document["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} API</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/static/logflume.css"></head>'
        f'<body><main><h1>{title} API</h1><p>The machine-readable form is <a href="/openapi.json">/openapi.json</a>.</p>'
        f"<table><thead><tr><th>Call</th><th>What it does</th><th>Answers</th></tr></thead><tbody>{rows}</tbody></table>"
        "</main></body></html>"
    )


def _row(method: str, path: str, call: dict[str, Any]) -> str:
    answers = ", ".join(sorted(call.get("responses", {})))
    words = escape(call.get("description", ""))
    return f"<tr><td><code>{method.upper()} {escape(path)}</code></td><td>{words}</td><td>{answers}</td></tr>"
