"""The script that servers start with: what ShellCheck says of it, its size, and that a change of the wish changes it."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from programs import program_for
from programs.syslog.user_data import LIMIT
from service.sandbox.collectors import script
from tests.programs.recording import run
from tests.programs.syslog.wishes import syslog_wish

DRAIN = re.compile(r"<<'END_OF_DRAIN'\n(.*?)^END_OF_DRAIN$", re.M | re.S)


def user_data(**spec: Any) -> str:
    """The script in the launch template of a wish."""
    found, _ = run(program_for(syslog_wish(spec)))
    return base64.b64decode(found["template"].inputs["userData"]).decode()


def shellcheck(text: str) -> str:
    """Everything ShellCheck has to say, down to style."""
    tool = Path(sys.executable).with_name("shellcheck")
    done = subprocess.run(
        [tool, "--severity=style", "-"], input=text, capture_output=True, text=True, check=False, timeout=60
    )
    return done.stdout + done.stderr


def test_shellcheck_has_nothing_to_say() -> None:
    text = user_data()
    assert shellcheck(text) == ""
    [drain] = DRAIN.findall(text)
    assert shellcheck(drain) == ""


def test_shellcheck_would_have_something_to_say() -> None:
    assert "SC2086" in shellcheck("#!/bin/bash\nrm $1\n")


def test_the_script_fits_into_user_data() -> None:
    assert len(user_data(protocols=["udp", "tcp", "tls"]).encode()) < LIMIT


@pytest.mark.parametrize(
    ("protocols", "transports"),
    [(["udp"], ["udp"]), (["tcp"], ["tcp"]), (["tls"], ["tcp"]), (["udp", "tls"], ["udp", "tcp"])],
)
def test_fluentd_listens_for_what_the_load_balancer_sends_on(
    protocols: list[str], transports: list[str]
) -> None:
    seen = script.read(user_data(protocols=protocols))
    assert seen is not None
    assert [one.inner("transport").argument for one in seen.sources("syslog")] == transports


def test_another_configuration_is_another_script_and_the_same_one_the_same() -> None:
    assert user_data() == user_data()
    assert user_data() != user_data(buffer_seconds=120)
    assert user_data() == user_data(instances=5)
