"""Policies with something missing."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator
from typing import Any

Document = dict[str, Any]


def breakages(document: Document, but: Collection[str] = ()) -> Iterator[tuple[str, Document]]:
    """The document with each allowing statement left out, and with each of their conditions made to fail, each with its name.

    Statements whose Sid is in `but` stay.
    """
    statements = document["Statement"]
    for index, statement in enumerate(statements):
        if statement["Effect"] != "Allow" or statement["Sid"] in but:
            continue
        others = [s for n, s in enumerate(statements) if n != index]
        # A policy needs a statement; this one lets nobody do anything.
        nothing = (
            {**statement, "Effect": "Deny", "Action": "sts:GetSessionToken"}
            if "Action" in statement
            else statement
        )
        if "sts:AssumeRole" in str(statement["Action"]) or not others:
            nothing = {**statement, "Effect": "Deny"}
        yield f"{statement['Sid']} left out", {**document, "Statement": others or [nothing]}
        for operator, keys in statement.get("Condition", {}).items():
            for key in keys:
                broken = copy.deepcopy(document)
                broken["Statement"][index]["Condition"][operator][key] = _another(keys[key])
                yield f"{statement['Sid']}: {key} does not hold", broken


def _another(value: Any) -> Any:
    text = value[0] if isinstance(value, list) else value
    return "arn:aws:s3:::logflume-another" if str(text).startswith("arn:") else "999999999999"
