"""The same moment gives moto the same time and the same chance."""

from __future__ import annotations

import sys
from datetime import datetime

import moto.core.utils
import moto.iam.models
import moto.s3.models
from moto.moto_api._internal import mock_random

from service.sandbox import moment


def drawn(at: moment.Moment) -> tuple[datetime, str, bytes]:
    """What moto sees of time and chance at a moment."""
    with moment.EXCLUSIVE, moment.standing_at(at):
        return moto.core.utils.utcnow(), str(mock_random.uuid4()), mock_random.randbytes(32)


def test_the_same_moment_is_the_same_for_moto() -> None:
    first = moment.Moment(time=1_795_511_090.25, seed=7)
    assert drawn(first) == drawn(first)
    assert drawn(first)[0] == datetime(2026, 11, 24, 9, 4, 50, 250_000)  # noqa: DTZ001 - moto's times are naive.


def test_another_seed_and_another_time_give_others() -> None:
    first, second = moment.Moment(time=1.0, seed=7), moment.Moment(time=2.0, seed=8)
    assert all(one != other for one, other in zip(drawn(first), drawn(second), strict=True))


def test_time_goes_on_after_a_moment() -> None:
    drawn(moment.Moment(time=1.0, seed=7))
    assert moment.utcnow().year >= 2026


def test_new_moments_differ() -> None:
    assert moment.new_moment("s3").seed != moment.new_moment("s3").seed


def test_every_module_of_moto_has_the_clock_whatever_was_imported_first() -> None:
    """moto's modules take `utcnow` by name: one that kept the first one would go its own way in a replay."""
    clocks = {
        name: vars(module)["utcnow"]
        for name, module in list(sys.modules.items())
        if name.startswith("moto.") and "utcnow" in vars(module)
    }
    assert {"moto.core.utils", "moto.s3.models", "moto.iam.models"} <= set(clocks)
    assert [name for name, clock in clocks.items() if clock is not moment.utcnow] == []
