"""Names: inside the limits of AWS for every legal wish, the same for the same, different for different."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from programs.names import names_of
from programs.spec import LOG_GROUP_PATTERN
from programs.wish import Wish
from tests.programs.wishes import WISHES, wish


@given(WISHES)
def test_every_legal_source_has_legal_names(asked: Wish) -> None:
    names = names_of(asked)
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", names.bucket)
    assert re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", names.stream)
    assert re.fullmatch(r"[\w+=,.@-]{1,64}", names.logs_role)
    assert re.fullmatch(r"[\w+=,.@-]{1,64}", names.firehose_role)
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", names.replica)
    assert re.fullmatch(r"[\w+=,.@-]{1,64}", names.replication_role)
    assert re.fullmatch(r"[\w-]{1,80}", names.proof_queue)
    longest = names.consumer("c" * 12)
    assert re.fullmatch(r"[\w-]{1,80}", longest.queue)
    assert re.fullmatch(r"[\w-]{1,80}", longest.dead_letters)
    assert re.fullmatch(r"[\w+=,.@-]{1,64}", longest.role)
    assert re.fullmatch(r"[\w-]{1,256}", names.topic)
    assert re.fullmatch(r"alias/[a-zA-Z0-9/_-]{1,250}", names.key_alias)
    assert LOG_GROUP_PATTERN.fullmatch(names.error_group)
    assert re.fullmatch(r"[^:*]{1,512}", names.filter)


@given(WISHES)
def test_the_same_wish_has_the_same_names_at_every_stage(asked: Wish) -> None:
    retired = asked.model_copy(update={"stage": "retired"})
    assert names_of(asked) == names_of(retired)


@given(st.uuids(), st.uuids())
def test_a_name_that_is_asked_for_again_gets_a_bucket_of_its_own(first: object, second: object) -> None:
    one, other = (names_of(wish(source_id=str(source))) for source in (first, second))
    assert (one.bucket == other.bucket) == (first == second)
