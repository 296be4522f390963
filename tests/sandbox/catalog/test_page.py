"""The page of the resource types."""

from __future__ import annotations

from pathlib import Path

from service.sandbox.catalog.__main__ import page

PAGE = Path(__file__).parents[3] / "docs" / "resource-types.md"


def test_the_page_of_the_resource_types_says_what_the_catalogue_says() -> None:
    assert PAGE.read_text() == page()
