"""Looking in the store and in its copy, as the deploy role of the log account."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import IO, Any

from programs.wish import Wish

from .places import Place, places
from .state import Marked, Proof

CLOCKS = timedelta(minutes=1)
"""How far S3's clock may be behind ours."""
MOST_OBJECTS = 200
"""Objects that are opened in one look; the next goes on after them."""
CHUNK = 1 << 20

Beat = Callable[[], object]
"""Called between two pieces of work: says that we are alive, and raises to end it."""


def find(s3: Any, wish: Wish, proof: Proof, now: datetime, beat: Beat) -> None:
    """Note in which objects the marks are. An object that has been looked into is not opened again."""
    assert proof.sent is not None  # noqa: S101 - looked for only once something was sent; narrows the type.
    opened = 0
    for place in places(wish, proof.sent, now):
        for entry in _listed(s3, proof.bucket, place):
            missing = [m for m in proof.marks if m.key is None]
            if not missing or opened == MOST_OBJECTS:
                return
            key, modified = entry["Key"], entry["LastModified"]
            if modified < proof.sent - CLOCKS or key in proof.looked:
                continue
            opened += _look_into(s3, proof, key, min(modified, now), missing, beat)


def _listed(s3: Any, bucket: str, place: Place) -> Iterator[dict[str, Any]]:
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=place.prefix, StartAfter=place.after
    )
    for page in pages:
        yield from page.get("Contents", [])


def _look_into(s3: Any, proof: Proof, key: str, at: datetime, missing: list[Marked], beat: Beat) -> int:
    """1 where the object had to be opened."""
    beat()
    named = [m for m in missing if m.in_key]
    found = [m for m in named if m.mark in key]
    inside = [m for m in missing if not m.in_key]
    if inside:
        body = s3.get_object(Bucket=proof.bucket, Key=key)["Body"]
        marks = _marks_in(body, key, [m.mark for m in inside], beat)
        found += [m for m in inside if m.mark in marks]
    for marked in found:
        marked.key, marked.arrived = key, at
    proof.looked.append(key)
    return 1 if inside else 0


def _marks_in(body: IO[bytes], key: str, marks: list[str], beat: Beat) -> set[str]:
    """Those of the marks that are in the object, which is read piece by piece."""
    with gzip.open(body) if key.endswith(".gz") else body as plain:
        found: set[str] = set()
        longest, rest = max(len(mark) for mark in marks), b""
        while chunk := plain.read(CHUNK):
            text = rest + chunk
            found |= {mark for mark in marks if mark.encode() in text}
            rest = text[-longest:]
            beat()
    return found


class NotCopied(Exception):
    """The copy will not come; the message says why."""


def copied(s3: Any, away: Any, proof: Proof, now: datetime, beat: Beat) -> None:
    """Note which objects the copy has ("Getting replication status information", S3 User Guide).

    Raises:
        NotCopied: S3 has given up, or never began, since no rule took the object.
    """
    for marked in proof.marks:
        if marked.key is None or marked.copied is not None:
            continue
        beat()
        status = s3.head_object(Bucket=proof.bucket, Key=marked.key).get("ReplicationStatus")
        if status is None:
            raise NotCopied(f"No replication rule took {marked.key}.")
        if status == "FAILED":
            raise NotCopied(f"S3 has given up copying {marked.key}: its replication status is FAILED.")
        if status.startswith("COMPLETE"):
            away.head_object(Bucket=proof.replica, Key=marked.key)
            marked.copied = now
