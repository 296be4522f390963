"""Names moto takes from the operating system's chance, not its own: a replay would not find them again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import moto.sts.models
from moto.moto_api._internal import mock_random
from moto.s3.models import FakeMultipart
from moto.sts.utils import SESSION_TOKEN_PREFIX

from service.sandbox import moment
from service.sandbox.fixes import replaces

TOKEN_LENGTH = 356


@replaces(moto.sts.models, "random_session_token")
def _session_token(_original: Callable[..., str]) -> str:
    rest = TOKEN_LENGTH - len(SESSION_TOKEN_PREFIX)
    return str(SESSION_TOKEN_PREFIX) + mock_random.get_random_string(rest)


@replaces(FakeMultipart, "__init__")
def _new_upload(original: Callable[..., None], self: Any, *args: Any, **kwargs: Any) -> None:
    original(self, *args, **kwargs)
    self.id = mock_random.get_random_string(128)
    self.initiated = moment.utcnow()  # moto forgets when; lifecycle rules abort uploads by their age.
