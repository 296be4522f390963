"""A recorder that was there already: what it was like is noted before anything of ours is laid over it."""

from __future__ import annotations

from typing import Any

import pulumi

from programs.accounts import OwnProvider
from programs.aws_config.spec import ConfigSpec
from programs.wish import Wish


class RecorderFound(pulumi.CustomResource):
    """The note, a resource of our own plugin. It goes last, and then everything is written back."""

    found: pulumi.Output[Any]

    def __init__(self, wish: Wish, parent: pulumi.Resource) -> None:
        spec = wish.spec_as(ConfigSpec)
        names = {"recorder": spec.recorder_name, "channel": spec.channel_name}
        opts = pulumi.ResourceOptions(parent=parent, provider=OwnProvider("own-production", wish.production))
        super().__init__("logflume:config:RecorderFound", "recorder-found", {**names, "found": None}, opts)
