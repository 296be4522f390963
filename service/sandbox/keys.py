"""Finding a key of KMS in moto's stores, by any of its names."""

from __future__ import annotations

import re
from typing import Any

from moto.kms.models import kms_backends

from service.sandbox.asked import Context

KEY_ARN = re.compile(r"arn:aws:kms:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):(?P<name>(key|alias)/.+)")


def find_key(name: str, account: str, region: str) -> Any:
    """moto's key by its id, alias or ARN; a bare name is one of `account` in `region`. None where there is none."""
    match = KEY_ARN.fullmatch(name)
    if match:
        account, region, name = match["account"], match["region"], match["name"].removeprefix("key/")
    keys = kms_backends[account][region].keys
    if name.startswith("alias/"):
        return next((key for key in keys.values() if name in key.aliases), None)
    return keys.get(name)


def tags_of_key(arn: str) -> Context:
    """aws:ResourceTag of a key: the one resource whose tags our policies ask for; nothing for any other ARN."""
    match = KEY_ARN.fullmatch(arn)
    if match is None or not match["name"].startswith("key/"):
        return {}
    tagger = kms_backends[match["account"]][match["region"]].tagger
    tags = tagger.get_tag_dict_for_resource(match["name"].removeprefix("key/"))
    return {f"aws:ResourceTag/{name}": str(value) for name, value in tags.items()}
