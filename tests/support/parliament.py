"""The linter parliament, with what it misses.

It asks setuptools' `pkg_resources` where its own files are. That module is gone from setuptools 82 on, and parliament does not
say that it needs it; the one function that it calls is given here.
"""

from __future__ import annotations

import functools
import importlib.resources
import sys
import warnings
from types import ModuleType
from typing import Any


def _files() -> ModuleType:
    module = ModuleType("pkg_resources")
    vars(module)["resource_filename"] = lambda package, name: str(importlib.resources.files(package) / name)
    return module


sys.modules.setdefault("pkg_resources", _files())
with warnings.catch_warnings():
    # It leaves closing its files to the garbage collector.
    warnings.simplefilter("ignore", ResourceWarning)
    import parliament


@functools.cache
def findings(text: str) -> list[tuple[str, str]]:
    """Issue (`UNKNOWN_ACTION`) and detail of everything that parliament says of a policy document."""
    found: Any = parliament.analyze_policy_string(text).findings
    return sorted((finding.issue, str(finding.detail)) for finding in found)
