"""The sandbox's stand-in for the `pulumi-resource-aws` plugin: the engine's provider protocol over AWS calls to loopback.

Kept free of imports that cost time: the engine waits for the plugin's port at every run.
"""

from __future__ import annotations

from pathlib import Path

from service import plugin

NAME = "aws"
PLUGIN_NAME = f"pulumi-resource-{NAME}"


def write_plugin_folder(folder: Path, python: str) -> None:
    """Make `folder` the stand-in's folder; `python` is the interpreter that has this package."""
    plugin.write_plugin_folder(folder, NAME, __name__, python)
