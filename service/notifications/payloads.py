"""What receivers get: JSON with type, timestamp and data ("Payload structure" of Standard Webhooks 1.0), or a line for Slack."""

from __future__ import annotations

import json
from typing import Any

from service.notices import Notice

_SAYS = {
    "source.ready": "is ready",
    "source.not_ready": "is not ready any more",
    "source.stalled": "has stalled",
    "source.drifted": "was changed by hand",
    "source.in_sync": "shows no changes by hand any more",
    "source.access_widened": "can be reached by more than is meant",
    "source.access_as_meant": "can be reached by whom it is meant for alone again",
    "source.not_delivering": "does not deliver",
    "source.delivering": "delivers again",
    "operation.awaiting_approval": "waits for an approval",
}


def payload(notice: Notice) -> bytes:
    """The JSON of a webhook and of a topic, as the bytes that are signed."""
    body = {
        "id": notice.id,
        "type": notice.event,
        "timestamp": notice.at.isoformat(),
        "data": notice.data,
    }
    return json.dumps(body, separators=(",", ":"), ensure_ascii=True).encode()


def slack(notice: Notice) -> bytes:
    """`text` of an incoming webhook, which every receiver of that kind understands.

    What stands in it is shown as it is: `&`, `<` and `>` are replaced ("Formatting text for app surfaces", Slack API), so that no
    name or message can mention people or make links.
    """
    source, message = notice.data["source"], _message(notice.data)
    head = f"*{_plain(source['name'])}* ({_plain(source['environment'])}, team {_plain(source['team'])})"
    text = f"{head} {_SAYS[notice.event]}"
    return json.dumps({"text": f"{text}: {_plain(message)}" if message else text}).encode()


def _message(data: dict[str, Any]) -> str:
    if "operation" in data:
        asked = data["operation"]
        return f"{asked['kind']} asked for by {asked['requested_by']}: {asked['message']}"
    return str(data["condition"]["message"])


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
