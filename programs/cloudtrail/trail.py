"""The trail itself."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from programs.accounts import tags_for, under
from programs.cloudtrail.policies import KEY_PREFIX
from programs.cloudtrail.selectors import selectors
from programs.cloudtrail.spec import CloudTrailSpec
from programs.firehose.roles import DeliveryArgs
from programs.store.bucket import LogStore


class ManagementTrail(pulumi.ComponentResource):
    """A trail of all regions, with digests by which files can be validated, encrypted with the store's key.

    It is guarded while it logs. While draining it has stopped, and may go.
    """

    def __init__(self, name: str, args: DeliveryArgs, store: LogStore) -> None:
        super().__init__("logflume:delivery:Trail", name)
        logging = args.wish.stage == "active"
        self.trail = aws.cloudtrail.Trail(
            "trail",
            name=args.names.trail,
            s3_bucket_name=args.names.bucket,
            s3_key_prefix=KEY_PREFIX,
            kms_key_id=store.key_arn,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            enable_logging=logging,
            advanced_event_selectors=selectors(args.wish.spec_as(CloudTrailSpec)),
            tags=tags_for(args.wish, "trail"),
            # CloudTrail tries bucket and key when the trail is made.
            opts=under(self, args.account, protect=logging, depends_on=store.ready),
        )
        self.register_outputs({"trail": self.trail.arn})
