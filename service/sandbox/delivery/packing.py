"""From the records of a batch and the settings of a stream to the objects that are to be written."""

from __future__ import annotations

import gzip
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from service.sandbox.delivery import prefix
from service.sandbox.delivery.buffer import Parcel
from service.sandbox.delivery.processing import Failure, Processors, Record, error_lines


def parcels(stream: str, version: str, settings: dict[str, Any], records: Sequence[Record]) -> list[Parcel]:
    """The object with the data, and one for each way in which records could not be processed.

    `settings` is an ExtendedS3DestinationDescription. A parcel without a body stands for records that a processor
    dropped: nothing is written for it.

    :raises prefix.InvalidPrefix: a key cannot be evaluated.
    """
    processed = Processors.of(settings.get("ProcessingConfiguration")).process(records)
    broken = [failure.record for failure in processed.failures]
    found = [_data_parcel(stream, version, settings, records, processed.body, broken)]
    for kind in sorted({failure.kind for failure in processed.failures}):
        failures = [failure for failure in processed.failures if failure.kind == kind]
        found.append(_error_parcel(stream, version, settings, kind, failures))
    return found


def _data_parcel(
    stream: str,
    version: str,
    settings: dict[str, Any],
    records: Sequence[Record],
    body: bytes,
    broken: Sequence[Record],
) -> Parcel:
    compressed = settings.get("CompressionFormat") == "GZIP"
    key = prefix.object_key(
        settings.get("Prefix") or "",
        _moment(settings, records),
        stream=stream,
        version=version,
        unique=str(uuid.uuid4()),
        extension=settings.get("FileExtension") or (".gz" if compressed else ""),
    )
    kept = tuple(record for record in records if not any(record is other for other in broken))
    return Parcel(key, gzip.compress(body) if compressed and body else body, kept)


def _error_parcel(
    stream: str, version: str, settings: dict[str, Any], kind: str, failures: Sequence[Failure]
) -> Parcel:
    records = tuple(failure.record for failure in failures)
    key = prefix.error_key(
        settings.get("Prefix") or "",
        settings.get("ErrorOutputPrefix") or "",
        _moment(settings, records, kind),
        stream=stream,
        version=version,
        unique=str(uuid.uuid4()),
        extension="",
    )
    return Parcel(key, error_lines(failures, datetime.now(UTC)), records)


def _moment(settings: dict[str, Any], records: Sequence[Record], kind: str | None = None) -> prefix.Moment:
    oldest = min(record.arrived for record in records)
    return prefix.Moment(oldest, settings.get("CustomTimeZone") or "UTC", kind)
