"""A bucket that was there already: what it was like is noted before anything of ours is laid over it."""

from __future__ import annotations

from typing import Any

import pulumi

from programs.accounts import OwnProvider
from programs.wish import Wish


class BucketFound(pulumi.CustomResource):
    """The note, a resource of our own plugin. It goes last, and then everything is written back."""

    found: pulumi.Output[Any]

    def __init__(self, wish: Wish, bucket: str, store: pulumi.Resource) -> None:
        opts = pulumi.ResourceOptions(parent=store, provider=OwnProvider("own-log", wish.log))
        super().__init__(
            "logflume:store:BucketFound", "bucket-found", {"bucket": bucket, "found": None}, opts
        )
