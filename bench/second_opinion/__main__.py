"""`python -m bench.second_opinion`: the calls of our programs and who may do what, asked of the sandbox and of ministack.

Each kind's program is made, read, changed and deleted in both, for S3, IAM, SQS, SNS and KMS. Prints every difference with its
explanation (`explained.toml`), and ends with 1 where one has none.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path

from bench.second_opinion import other
from bench.second_opinion.compare import Call, Difference, differences
from bench.second_opinion.explained import Explanation, explanation_of, read
from bench.second_opinion.played import Play
from bench.second_opinion.questions import empty, scene_questions, store_questions
from programs import KINDS, program_for
from tests.programs.everything import wished
from tests.programs.wishes import consumer
from tests.support.aws import policy
from tests.support.plugin import aws_config
from tests.support.sandbox import LOG, PRODUCTION, SECURITY, Sandbox, running_sandbox

BUCKET = "aws:s3/bucket:Bucket"
PEOPLE = ("monitoring", "splunk", "elastic", "vector")


def calls_of(place: Sandbox, kinds: list[str]) -> list[Call]:
    """Everything asked of one emulator, with its answers."""
    config = place.home / "aws.ini"
    config.write_text(aws_config(place.url, **{"logflume-production": PRODUCTION, "logflume-log": LOG}))
    os.environ["AWS_CONFIG_FILE"] = str(config)
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    _prepare(place)
    found: list[Call] = []
    for kind in (KINDS[name] for name in kinds):
        found += [_of_kind(call, kind.name) for call in _lived(place, kind.name, dict(kind.example))]
    return found + list(scene_questions(place))


def _lived(place: Sandbox, kind: str, spec: dict[str, object]) -> list[Call]:
    """A source of a kind from its first update to its end."""
    play = Play()
    asked = spec | {"kind": kind}
    play.update(program_for(wished(asked)))
    play.refresh()
    others = (consumer("splunk"), consumer("vector"))
    play.update(program_for(wished(asked | {"retention_days": 800}, consumers=others)))
    play.refresh()
    play.calls += store_questions(place, play.made) if kind == "cloudwatch" else []
    for made in play.made.values():
        if made.token == BUCKET:
            empty(place, made.outputs["bucket"])
    play.destroy()
    return play.calls


def _of_kind(call: Call, kind: str) -> Call:
    return Call(f"{kind}: {call.step}", call.service, call.operation, call.params, call.code, call.answer)


def _prepare(place: Sandbox) -> None:
    """What a bootstrap and other teams have made: boundaries, and the people that policies name."""
    for account in (PRODUCTION, LOG):
        everything = policy(Effect="Allow", Action="*", Resource="*")
        place.client("iam", account).create_policy(
            PolicyName="logflume-boundary", Path="/logflume/", PolicyDocument=everything
        )
    trusted = policy(
        Effect="Allow", Principal={"AWS": f"arn:aws:iam::{SECURITY}:root"}, Action="sts:AssumeRole"
    )
    for name in PEOPLE:
        place.client("iam", SECURITY).create_role(RoleName=name, AssumeRolePolicyDocument=trusted)


def compared(ours: Iterable[Call], theirs: Iterable[Call]) -> Iterator[list[Difference]]:
    """The differences of each call, step by step, in the order of the calls of a step."""
    steps: dict[str, tuple[list[Call], list[Call]]] = {}
    for side, calls in enumerate((ours, theirs)):
        for call in calls:
            steps.setdefault(call.step, ([], []))[side].append(call)
    for step, (one, other_) in steps.items():
        for mine, his in zip_longest(one, other_):
            if mine is None or his is None:
                names = [call.named if call else "nothing" for call in (mine, his)]
                yield [Difference(step.partition(": ")[2] or step, "call", *names)]
            else:
                yield list(differences(mine, his))


def told(found: list[list[Difference]], known: list[Explanation]) -> int:
    """Print the table; how many differences nobody has explained."""
    agreed = sum(not each for each in found)
    count = Counter(difference for each in found for difference in each)
    print(f"agreed {agreed} of {len(found)}; {len(count)} different differences\n")
    print("| times | where | what | sandbox | ministack | right | why |\n|---|---|---|---|---|---|---|")
    unexplained = 0
    for difference, times in sorted(count.items(), key=lambda one: (one[0].where, one[0].what)):
        explanation = explanation_of(difference, known)
        unexplained += explanation is None
        right, why = (explanation.right, explanation.why) if explanation else ("?", "UNEXPLAINED")
        cells = (times, difference.where, difference.what, difference.ours, difference.theirs, right, why)
        print("| " + " | ".join(str(cell)[:160] for cell in cells) + " |")
    print(f"\n{unexplained} unexplained")
    return unexplained


def main() -> None:
    """Run both, compare, tell."""
    parser = argparse.ArgumentParser(prog="python -m bench.second_opinion", description=__doc__)
    parser.add_argument(
        "--home", type=Path, help="where ministack is installed; kept. A temporary folder otherwise"
    )
    parser.add_argument(
        "--kinds", nargs="*", default=list(KINDS), choices=list(KINDS), help="all when left out"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(arguments.home or folder)
        home.mkdir(parents=True, exist_ok=True)
        with running_sandbox(Path(folder) / "sandbox") as sandbox:
            ours = calls_of(sandbox, arguments.kinds)
        with other.running(home) as place:
            os.environ["AWS_CA_BUNDLE"] = str(other.certificate(home))
            theirs = calls_of(place, arguments.kinds)
    sys.exit(min(told(list(compared(ours, theirs)), read()), 1))


if __name__ == "__main__":
    main()
