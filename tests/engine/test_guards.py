"""What the engine refuses to take away, and what was let go."""

from __future__ import annotations

import json

from service.engine import guards

A, B = "urn:pulumi:s::logflume::aws:s3/bucket:Bucket::a", "urn:pulumi:s::logflume::aws:kms/key:Key::b"
FREE = "urn:pulumi:s::logflume::aws:sqs/queue:Queue::q"


def state(*protected: str) -> bytes:
    resources = [{"urn": urn} | ({"protect": True} if urn in protected else {}) for urn in (A, B, FREE)]
    return json.dumps({"version": 3, "checkpoint": {"latest": {"resources": resources}}}).encode()


def test_what_is_guarded_is_read_from_the_state() -> None:
    assert guards.guarded(state(A, B)) == {A, B}
    assert guards.guarded(None) == frozenset()
    assert guards.guarded(b'{"checkpoint": {"latest": null}}') == frozenset()


def test_guards_are_taken_off_what_was_named_and_nothing_else() -> None:
    assert guards.guarded(guards.taken_off(state(A, B), {A})) == {B}
    assert guards.guarded(guards.taken_off(state(A, B), ())) == {A, B}
    assert guards.guarded(guards.taken_off(state(A, B))) == frozenset()
    assert guards.taken_off(None) is None


def test_guards_are_put_back_on_what_is_still_there() -> None:
    assert guards.guarded(guards.put_on(state(B), {A, "gone"})) == {A, B}
    assert guards.put_on(state(A, B), ()) == state(A, B)
