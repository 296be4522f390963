"""Configuration for the products that read a store: one file a product, text in, nothing asked of anybody.

Each text has the settings that keep a product from losing logs in silence, with the reason beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, get_args

from . import elastic, fluentd, splunk, vector
from .reading import ConsumerType, Reading, content_of, reading_of

__all__ = ["PRODUCTS", "TYPES", "ConsumerType", "Product", "Reading", "content_of", "reading_of", "render"]

TYPES: Final[tuple[ConsumerType, ...]] = get_args(ConsumerType)


@dataclass(frozen=True)
class Product:
    """What a consumer of one type is called, and what its text is."""

    title: str
    file: str
    """What people call the file it goes into."""
    render: Callable[[Reading], str]


PRODUCTS: Final[Mapping[str, Product]] = {
    "splunk": Product("Splunk Add-on for AWS", "inputs.conf", splunk.render),
    "elastic": Product("Filebeat or Elastic Agent", "filebeat.yml", elastic.render),
    "vector": Product("Vector", "vector.toml", vector.render),
    "fluentd": Product("Fluentd", "fluent.conf", fluentd.render),
}


def render(reading: Reading) -> str:
    """The text for a consumer, ready to paste, with a newline at its end."""
    return PRODUCTS[reading.type].render(reading)
