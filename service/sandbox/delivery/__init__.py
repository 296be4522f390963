"""What AWS does by itself between a log event and a message in a queue.

CloudWatch Logs sends what a subscription filter matches to Firehose (`subscriptions`), Firehose buffers, processes and
writes it to S3 (`firehose`), S3 tells queues and topics (`notifications`) and copies to replicas (`replication`), and
topics tell queues (`topics`). Each step is taken by the role or the service that takes it on AWS, through the sandbox's
own endpoint where AWS uses an API, so that policies, keys, notifications and the journal apply by themselves. AWS Config
tells what has changed in an account (`aws_config`).

Across a restart: CloudWatch Logs events that had not reached their stream, and records that had not reached S3, are
sent after the replay (`resume`); what had arrived is not sent again (`ledger`). CloudTrail (`trails`) watches every call
that is answered, and tells EventBridge (`event_rules`); what it has noted and not written is kept, too (`notebook`).
"""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from pathlib import Path

from moto.s3.models import s3_backends

from service.sandbox.call import Call
from service.sandbox.delivery import plane, trails
from service.sandbox.delivery.courier import Courier
from service.sandbox.delivery.ledger import Ledger, digest
from service.sandbox.delivery.notebook import Notebook
from service.sandbox.delivery.recordings import Recordings
from service.sandbox.moment import EXCLUSIVE
from service.sandbox.monitoring.watch import Watch
from service.sandbox.wire import Answer

LEDGER_FILE = "deliveries.jsonl"
NOTEBOOK_FILE = "calls.jsonl"
RECORDINGS_FILE = "recordings.json"
HOOKS = (
    *("firehose", "subscriptions", "notifications", "topics", "aws_config", "config_status"),
    "replication",
)
MAX_ROUNDS = 20
"""How often one flush looks for deliveries that earlier deliveries have caused."""


def install(base_url: str, time_scale: float, home: Path | None = None) -> None:
    """Put the hooks into moto and make a data plane that calls `base_url`; before the journal is replayed.

    `time_scale` is how many seconds of AWS time pass in a second. Under `home` is kept what was delivered; without
    it a restart delivers again what it replays. Nothing is delivered before `resume`.
    """
    hooks = [import_module(f"{__name__}.{name}") for name in HOOKS]
    close()
    courier = Courier(hooks[0].deliver, time_scale)
    ledger = Ledger(home / LEDGER_FILE if home else None)
    recordings = Recordings(home / RECORDINGS_FILE if home else None)
    alarms = Watch(base_url, courier.oldest, time_scale)
    carrier = Courier(trails.deliver, time_scale)
    notebook = Notebook(home / NOTEBOOK_FILE if home else None)
    plane.use(plane.Plane(base_url, ledger, courier, alarms, carrier, time_scale, recordings, notebook))


def resume() -> None:
    """Begin to deliver; once the endpoint answers and the journal, if any, was replayed."""
    workers = plane.current()
    settled = Counter(digest(data) for data in workers.replayed) + workers.ledger.dropped()
    for data, errand in workers.held:
        if not _take(settled, digest(data)):
            workers.errands.add(errand)
    delivered = workers.ledger.delivered(_object_exists)
    workers.courier.keep(lambda stream, record: not _take(delivered, (stream, digest(record.data))))
    workers.held, workers.replayed = [], []
    with EXCLUSIVE:
        import_module(f"{__name__}.replication").resume()
    workers.errands.start()
    workers.courier.start()
    workers.alarms.start()
    workers.timers.start()
    trails.resume()
    workers.trails.start()


def flush() -> None:
    """Deliver everything that waits, now, and what that causes; returns when the objects exist and alarms have looked.

    Each batch has one attempt; what fails stays for its own next attempt. Must not be called under
    `moment.EXCLUSIVE`, which the deliveries need.
    """
    workers = plane.current()
    for _ in range(MAX_ROUNDS):
        workers.errands.drain()
        records = import_module(f"{__name__}.aws_config").flush()
        if not workers.courier.flush() + workers.trails.flush() + records:
            break
    workers.alarms.look()


def close() -> None:
    """Stop delivering. What waits is delivered after the next start, from the journal and the ledger."""
    workers = plane.installed()
    if workers is not None:
        workers.close()


def watch(call: Call, answer: Answer, at: float) -> None:
    """Tell CloudTrail of one call that was answered at `at` (Unix seconds); `moment.EXCLUSIVE` is held."""
    trails.watch(call, answer, at)


def _take(counts: Counter[str] | Counter[tuple[str, str]], name: str | tuple[str, str]) -> bool:
    """Whether `name` is left in `counts`; it is one less afterwards."""
    if counts[name] <= 0:  # type: ignore[index]  # one of the two, as the caller passes it
        return False
    counts[name] -= 1  # type: ignore[index]  # as above
    return True


def _object_exists(bucket: str, key: str) -> bool:
    with EXCLUSIVE:
        owner = s3_backends.bucket_accounts.get(bucket)
        if owner is None:
            return False
        partition, account = owner
        return key in s3_backends[account][partition].buckets[bucket].keys
