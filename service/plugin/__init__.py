"""What our Pulumi plugins share: their folder, the engine's protocol, and its values.

Kept free of imports that cost time: the engine waits for a plugin's port at every run.
"""

from __future__ import annotations

import shlex
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType


def write_plugin_folder(folder: Path, name: str, module: str, python: str) -> None:
    """Make `folder` the folder of plugin `name` (`aws`): the engine runs `pulumi-resource-<name>` in it.

    `module` is the package that serves it (`python -m`), `python` the interpreter that has it; the folder that holds
    our packages is put on its path.
    """
    folder.mkdir(parents=True, exist_ok=True)
    root = Path(__file__).resolve().parents[2]
    script = folder / f"pulumi-resource-{name}"
    # -P keeps the engine's working folder off the path; the rest of the environment is the engine's.
    lines = (
        "#!/bin/sh",
        f"export PYTHONPATH={shlex.quote(str(root))}${{PYTHONPATH:+:$PYTHONPATH}}",
        f'exec {shlex.quote(python)} -P -m {module} "$@"',
        "",
    )
    fresh = script.with_suffix(".new")
    fresh.write_text("\n".join(lines))
    fresh.chmod(0o755)
    # Replaced in one step: another run may be starting the script this moment.
    fresh.replace(script)


def leave_the_sdk_out() -> None:
    """Make `pulumi.runtime.proto` importable without the SDK around it, in a process that is nothing but a plugin.

    The generated classes need nothing of it, and its import is most of a plugin's start; the engine starts a plugin for
    each provider of every run. Called before anything of `pulumi` is imported.
    """
    found = find_spec("pulumi")
    for folder in found.submodule_search_locations or () if found else ():
        for name in ("pulumi", "pulumi.runtime"):
            package = ModuleType(name)
            package.__path__ = [str(Path(folder).parent.joinpath(*name.split(".")))]
            sys.modules[name] = package
