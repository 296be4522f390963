"""What the tests of the pages look up in the database and in a page."""

from __future__ import annotations

import re

from sqlalchemy import Engine
from sqlmodel import select

from service import db
from service.models import Operation, Source, now


def sources(engine: Engine) -> list[Source]:
    """Every stored source."""
    with db.session(engine) as session:
        return list(session.exec(select(Source)).all())


def finish(engine: Engine, source: Source, state: str, **columns: object) -> Operation:
    """End the source's operation as a worker would."""
    with db.session(engine) as session:
        operation = session.exec(select(Operation).where(Operation.source_id == source.id)).one()
        operation.state, operation.finished_at = state, now()
        for name, value in columns.items():
            setattr(operation, name, value)
        session.add(operation)
        return operation


def field_errors(page: str, field: str) -> str:
    """The text of the list that the field's aria-describedby points at."""
    found = re.search(rf'<ul class="wrong" id="{re.escape(field)}-errors">(.*?)</ul>', page, re.S)
    assert found, f"no error at {field}"
    assert f'aria-describedby="{field}-errors' in page
    return found[1]
