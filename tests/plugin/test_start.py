"""How a plugin's process starts."""

from __future__ import annotations

import subprocess
import sys

import pytest

_LOOK = (
    "import sys; from service.plugin import leave_the_sdk_out; leave_the_sdk_out(); import {module};"
    " print(any(name.startswith(('pulumi.automation', 'pulumi.resource')) for name in sys.modules))"
)


@pytest.mark.parametrize("module", ["service.sandbox.provider.server", "service.provider.server"])
def test_a_plugin_speaks_the_protocol_without_loading_the_sdk(module: str) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", _LOOK.format(module=module)], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "False"
