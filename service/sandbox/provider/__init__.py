"""The sandbox's stand-in for the `pulumi-resource-aws` plugin: the engine's provider protocol over AWS calls to loopback.

Kept free of imports that cost time: the engine waits for the plugin's port at every run.
"""

from __future__ import annotations

import shlex
from pathlib import Path

PLUGIN_NAME = "pulumi-resource-aws"


def write_plugin_folder(folder: Path, python: str) -> None:
    """Make `folder` a plugin folder: the engine runs the script in it (`plugins: providers: [{name: aws, path: folder}]`).

    `python` is the interpreter that has this package; the folder that holds the package is put on its path.
    """
    folder.mkdir(parents=True, exist_ok=True)
    root = Path(__file__).resolve().parents[3]
    script = folder / PLUGIN_NAME
    # -P keeps the engine's working folder off the path; the rest of the environment is the engine's.
    lines = (
        "#!/bin/sh",
        f"export PYTHONPATH={shlex.quote(str(root))}${{PYTHONPATH:+:$PYTHONPATH}}",
        f'exec {shlex.quote(python)} -P -m service.sandbox.provider "$@"',
        "",
    )
    fresh = folder / f"{PLUGIN_NAME}.new"
    fresh.write_text("\n".join(lines))
    fresh.chmod(0o755)
    # Replaced in one step: another run may be starting the script this moment.
    fresh.replace(script)
