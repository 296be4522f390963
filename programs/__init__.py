"""What is built in AWS. A program is a callable made from a frozen wish; it reads nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from programs.kinds import KINDS as KINDS
from programs.wish import Wish


def program_for(wish: Wish) -> Callable[[], None]:
    """The inline program that makes the wish true.

    The Pulumi SDK is imported here and not above: a process that only reads specs does not carry it.
    """
    from programs.aws_config.program import config_program
    from programs.cloudtrail.program import cloudtrail_program
    from programs.cloudwatch.program import cloudwatch_program
    from programs.syslog.program import syslog_program

    programs: dict[str, Callable[[Wish], None]] = {
        "cloudtrail": cloudtrail_program,
        "cloudwatch": cloudwatch_program,
        "config": config_program,
        "syslog": syslog_program,
    }
    return partial(programs[wish.kind], wish)
