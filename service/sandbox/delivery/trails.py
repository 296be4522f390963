"""CloudTrail: every call to the sandbox becomes a record of the trails that select it, and log files in their buckets.

Sources, all in the CloudTrail user guide: "CloudTrail log file examples" (names and contents of log files), "CloudTrail digest
file structure", "How CloudTrail works" (about five minutes to a log file, an hour to a digest). Files are put by CloudTrail
itself, for its trail, so the bucket's and the key's policy decide; a refusal is told by GetTrailStatus and tried again (for a
day here, where AWS tries for thirty).

Digests hold the hashes of their log files and of the digest before, not AWS's signature: nobody has AWS's private key, so
`aws cloudtrail validate-logs` cannot be played. An hour without log files has no digest here.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import secrets
import string
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from moto.cloudtrail.models import Trail, cloudtrail_backends

from service.sandbox import moment
from service.sandbox.call import Call
from service.sandbox.delivery import event_rules, plane, sessions
from service.sandbox.delivery.buffer import Batch, Hints
from service.sandbox.delivery.processing import Record
from service.sandbox.delivery.trail_records import is_recorded, record_of
from service.sandbox.routing import serving_account
from service.sandbox.trail_selectors import selects
from service.sandbox.wire import Answer

log = structlog.get_logger(__name__)

SERVICE = "cloudtrail.amazonaws.com"
FILE = Hints(size=50 * 1024 * 1024, interval=300.0)
DIGEST = Hints(size=50 * 1024 * 1024, interval=3600.0)
LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Folder:
    """Where files of one trail about one region go; as text it is the name of their buffer."""

    kind: str
    """``CloudTrail`` or ``CloudTrail-Digest``."""
    trail: str
    """ARN of the trail."""
    region: str

    @property
    def name(self) -> str:
        return f"{self.kind} {self.region} {self.trail}"

    @classmethod
    def of(cls, name: str) -> Folder:
        """The folder of a buffer."""
        kind, region, trail = name.split(" ", 2)
        return cls(kind, trail, region)

    def key(self, prefix: str | None, at: datetime) -> str:
        """A new object key, for a file delivered at `at`."""
        account, _, trail = self.trail.split(":", 4)[4].partition(":trail/")
        folder = f"{prefix}/AWSLogs" if prefix else "AWSLogs"
        path = (
            f"{folder}/{account}/{self.kind}/{self.region}/{at:%Y/%m/%d}/{account}_{self.kind}_{self.region}"
        )
        if self.kind == "CloudTrail":
            return f"{path}_{at:%Y%m%dT%H%MZ}_{''.join(secrets.choice(LETTERS) for _ in range(16))}.json.gz"
        return f"{path}_{trail}_{self.trail.split(':')[3]}_{at:%Y%m%dT%H%M%SZ}.json.gz"


def watch(call: Call, answer: Answer, at: float) -> None:
    """Note one call that was answered at `at`, for the caller's account and the one it worked in.

    `moment.EXCLUSIVE` is held. Without a trail that logs, nothing is noted.
    """
    if plane.installed() is None or not is_recorded(call):
        return
    for account in sorted({call.account, serving_account(call)} - {""}):
        logging = list(_logging(account, call.region))
        if logging:
            _note(record_of(call, answer, at, account, str(uuid.uuid4())), logging)


def _note(record: dict[str, Any], trails: list[Trail]) -> None:
    chosen = [trail for trail in trails if selects(*trail.get_event_selectors(), record)]
    data = json.dumps(record, separators=(",", ":"), default=str).encode()
    for trail in chosen:
        _put(Folder("CloudTrail", trail.arn, record["awsRegion"]), data)
    if chosen:
        event_rules.publish(record)


def _logging(account: str, region: str) -> Iterator[Trail]:
    """The trails of an account that log what happens in a region."""
    for backend in list(cloudtrail_backends[account].values()):
        for trail in backend.trails.values():
            if trail.status.is_logging and (trail.is_multi_region or trail.region_name == region):
                yield trail


def resume() -> None:
    """Take up what was noted before a restart; before the carrier is started."""
    for name, data in plane.current().notebook.left:
        plane.current().trails.put(name, [Record(data, datetime.now(UTC))], _hints(Folder.of(name)))


def _put(folder: Folder, data: bytes) -> None:
    workers = plane.current()
    workers.notebook.note(folder.name, data)
    workers.trails.put(folder.name, [Record(data, datetime.now(UTC))], _hints(folder))


def _hints(folder: Folder) -> Hints:
    return FILE if folder.kind == "CloudTrail" else DIGEST


def deliver(batch: Batch) -> None:
    """Write one log file or one digest.

    :raises ClientError, BotoCoreError: the bucket or its key did not take it.
    """
    folder, data = Folder.of(batch.stream), [record.data for record in batch.records]
    trail = _trail(folder.trail)
    if trail is None:
        log.warning("delivery.discarded", trail=folder.trail, records=len(data), reason="trail is gone")
    elif folder.kind == "CloudTrail":
        _log_file(folder, trail, [json.loads(record) for record in data])
    else:
        _digest(folder, trail, [json.loads(record) for record in data])
    plane.current().notebook.done(folder.name, data)


def _log_file(folder: Folder, trail: Trail, records: list[dict[str, Any]]) -> None:
    """Write records, and note the file for the next digest."""
    key = folder.key(trail.s3_key_prefix, datetime.now(UTC))
    body = json.dumps({"Records": records}).encode()
    _deliver(trail, key, gzip.compress(body), "latest_delivery")
    if trail.log_validation:
        times = sorted(record["eventTime"] for record in records)
        entry = {
            "s3Bucket": trail.bucket_name,
            "s3Object": key,
            "hashValue": hashlib.sha256(body).hexdigest(),
            "hashAlgorithm": "SHA-256",
            "newestEventTime": times[-1],
            "oldestEventTime": times[0],
        }
        _put(Folder("CloudTrail-Digest", folder.trail, folder.region), json.dumps(entry).encode())


def _digest(folder: Folder, trail: Trail, files: list[dict[str, Any]]) -> None:
    """Write the hashes of log files and of the digest before, if the sandbox has not been started again since."""
    now, digests = datetime.now(UTC), plane.current().digests
    key = folder.key(trail.s3_key_prefix, now)
    before, before_hash = digests.get(folder.name, (None, None))
    body = {
        "awsAccountId": trail.account_id,
        "digestEndTime": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "digestS3Bucket": trail.bucket_name,
        "digestS3Object": key,
        "newestEventTime": max(file["newestEventTime"] for file in files),
        "oldestEventTime": min(file["oldestEventTime"] for file in files),
        "previousDigestS3Bucket": trail.bucket_name if before else None,
        "previousDigestS3Object": before,
        "previousDigestHashValue": before_hash,
        "previousDigestHashAlgorithm": "SHA-256" if before else None,
        "logFiles": files,
    }
    packed = gzip.compress(json.dumps(body).encode())
    _deliver(trail, key, packed, "latest_digest")
    digests[folder.name] = (key, hashlib.sha256(packed).hexdigest())


def _deliver(trail: Trail, key: str, body: bytes, about: str) -> None:
    """Write a file; `about` is what of GetTrailStatus tells of it, which is not kept across a restart."""
    status: Any = trail.status
    try:
        _write(trail, key, body, _sealed(trail) if about == "latest_delivery" else _SSE_S3)
    except (ClientError, BotoCoreError) as error:
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else "InternalError"
        setattr(status, f"{about}_error", code)
        raise
    setattr(status, f"{about}_error", None)
    setattr(status, about, moment.utcnow())
    log.info("delivery.delivered", trail=trail.arn, bucket=trail.bucket_name, key=key)


_SSE_S3 = {"ServerSideEncryption": "AES256"}
"""How digests are encrypted, also where log files have a key ("Encrypting CloudTrail log files with AWS KMS keys")."""


def _sealed(trail: Trail) -> dict[str, str]:
    """How log files are encrypted: with the trail's key and its context, where it has one."""
    if not trail.kms_key_id:
        return {}
    context = json.dumps({"aws:cloudtrail:arn": trail.arn}).encode()
    return {
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": trail.kms_key_id,
        "SSEKMSEncryptionContext": base64.b64encode(context).decode(),
    }


def _write(trail: Trail, key: str, body: bytes, encryption: dict[str, str]) -> None:
    """PutObject as CloudTrail sends it: for the bucket's owner."""
    s3 = sessions.as_service("s3", SERVICE, trail.arn, plane.current().url)
    s3.put_object(
        Bucket=trail.bucket_name,
        Key=key,
        Body=body,
        ContentType="application/json",
        ContentEncoding="gzip",
        ACL="bucket-owner-full-control",
        **encryption,
    )


def _trail(arn: str) -> Trail | None:
    _, _, _, region, account, name = arn.split(":", 5)
    with moment.EXCLUSIVE:
        return cloudtrail_backends[account][region].trails.get(name.removeprefix("trail/"))
