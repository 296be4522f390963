"""The production side: a recorder, its delivery channel, and whether it records, in the order that AWS asks for.

Sources: the notes of aws.cfg.Recorder, aws.cfg.DeliveryChannel and aws.cfg.RecorderStatus, and "Working with the
configuration recorder" (AWS Config Developer Guide): a channel needs a recorder, and only with both can it be started.
None of the three takes tags (the provider has no such input), so recovery finds them by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from programs.accounts import under
from programs.aws_config.adopted import RecorderFound
from programs.aws_config.policies import KEY_PREFIX
from programs.aws_config.spec import ConfigSpec
from programs.names import Names
from programs.store.bucket import LogStore
from programs.wish import Wish


@dataclass(frozen=True)
class RecorderArgs:
    """What a recorder is made from."""

    wish: Wish
    names: Names
    account: aws.Provider
    store: LogStore


class Recording(pulumi.ComponentResource):
    """Recorder and channel are guarded: without them an account's history has a gap that nothing fills."""

    def __init__(self, name: str, args: RecorderArgs) -> None:
        super().__init__("logflume:config:Recording", name)
        self._args, self._spec = args, args.wish.spec_as(ConfigSpec)
        self.recorder = self._recorder()
        self.channel = self._channel()
        aws.cfg.RecorderStatus(
            "status",
            name=self.recorder.name,
            is_enabled=self._records,
            opts=self._under(self.recorder, depends_on=[self.channel]),
        )
        self.register_outputs({"recorder": self.recorder.name, "channel": self.channel.name})

    @property
    def _records(self) -> bool:
        """One of ours is stopped to drain. One that was there before us is not: rules of its owner depend on it."""
        return self._args.wish.stage == "active" or self._spec.adopt

    def _under(self, parent: pulumi.Resource | None = None, **more: Any) -> pulumi.ResourceOptions:
        # What was there before us stays when the source goes; it is put back as it was by what noted it down.
        return under(parent or self, self._args.account, retain_on_delete=self._spec.adopt, **more)

    @property
    def _guarded(self) -> bool:
        """The engine lets go of what it guards only after a run without the guard: a retire drains before it takes away."""
        return self._args.wish.stage == "active"

    def _recorder(self) -> aws.cfg.Recorder:
        spec = self._spec
        everything = not spec.resource_types
        return aws.cfg.Recorder(
            "recorder",
            name=spec.recorder_name,
            role_arn=self._args.names.config_role_arn,
            recording_group={
                "all_supported": everything,
                "include_global_resource_types": everything and spec.global_types,
                "resource_types": list(spec.resource_types),
            },
            recording_mode={"recording_frequency": spec.frequency},
            opts=self._under(protect=self._guarded, depends_on=self._noted()),
        )

    def _noted(self) -> list[pulumi.Resource]:
        return [RecorderFound(self._args.wish, self)] if self._spec.adopt else []

    def _channel(self) -> aws.cfg.DeliveryChannel:
        store = self._args.store
        return aws.cfg.DeliveryChannel(
            "channel",
            name=self._spec.channel_name,
            s3_bucket_name=self._args.names.bucket,
            s3_key_prefix=KEY_PREFIX,
            s3_kms_key_arn=store.key_arn,
            snapshot_delivery_properties={"delivery_frequency": self._spec.snapshot_frequency},
            # AWS Config writes a file when this is put, and refuses a bucket that does not let it.
            opts=self._under(protect=self._guarded, depends_on=[self.recorder, *store.ready]),
        )
