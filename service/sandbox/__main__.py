"""`python -m service.sandbox --port N --home DIR --time-scale X`: the AWS stand-in as a process."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path
from types import FrameType

from service.logging import setup
from service.sandbox.server import serve
from service.settings import Settings


def main() -> None:
    """Serve until SIGTERM or SIGINT. Readiness is `GET /_sandbox/health`."""
    parser = argparse.ArgumentParser(prog="python -m service.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8401, help="0 takes any free port")
    parser.add_argument("--home", type=Path, required=True, help="folder that keeps the journal")
    parser.add_argument("--time-scale", type=float, default=1.0, help="seconds of AWS time in a second")
    arguments = parser.parse_args()
    setup(Settings())
    server = serve(arguments.port, arguments.home, arguments.time_scale)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        server.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server.run()


if __name__ == "__main__":
    main()
