"""Recorders and delivery channels AWS Config does not take.

https://docs.aws.amazon.com/config/latest/APIReference/API_PutDeliveryChannel.html (NoSuchBucketException,
InvalidS3KmsKeyArnException, InsufficientDeliveryPolicyException),
https://docs.aws.amazon.com/config/latest/APIReference/API_PutConfigurationRecorder.html (InvalidRoleException),
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-config-deliverychannel.html (Object Lock).
Under which code AWS refuses a role that is not there, or a locked bucket, no page says; these are the nearest ones.
"""

from __future__ import annotations

from moto.config.models import config_backends

from service.sandbox.authoriser import authorise, principal_of
from service.sandbox.call import Call, Credentials, Denial
from service.sandbox.delivery.config_channel import SERVICE, Channel, channel_of, writers
from service.sandbox.keys import find_key
from service.sandbox.policies import role_of
from service.sandbox.refusals.buckets import bucket_of
from service.sandbox.refusals.keys import object_key_not_working
from service.sandbox.services import holder_of


def bad_role(call: Call) -> Denial | None:
    """A recorder needs a role, and one that is there."""
    arn = str((call.params.get("ConfigurationRecorder") or {}).get("roleARN") or "")
    if role_of(arn) is not None:
        return None
    return Denial("InvalidRoleException", f"The role {arn!r} cannot be assumed by {SERVICE}.", 400)


def bad_channel(call: Call) -> Denial | None:
    """A channel needs a bucket that is there, not locked, and lets its objects in; likewise its key."""
    given = call.params.get("DeliveryChannel") or {}
    backend = config_backends[call.account][call.region]
    channel = channel_of(backend, given) if given.get("s3BucketName") else None
    if channel is None or given.get("s3KmsKeyArn") == "":
        return None
    bucket = bucket_of(channel.bucket)
    if bucket is None:
        message = f"Cannot find a S3 bucket with an existing bucket name '{channel.bucket}'."
        return Denial("NoSuchBucketException", message, 400)
    if channel.key_arn and find_key(channel.key_arn, bucket.account_id, bucket.region_name) is None:
        message = f"The arn '{channel.key_arn}' is not a valid kms key or alias arn."
        return Denial("InvalidS3KmsKeyArnException", message, 400)
    if bucket.has_default_lock or not any(_may_write(channel, held) for held in writers(channel)):
        return _insufficient(channel)
    return None


def _may_write(channel: Channel, held: Credentials) -> bool:
    service = holder_of(held.access_key_id)
    principal = service[0] if service else principal_of(held.access_key_id)
    if principal is None:
        return False
    params = channel.put(channel.check_file)
    put = Call(
        "s3", "PutObject", principal.account, channel.region, principal, params, secure=True, headers={}
    )
    return (authorise(put) or object_key_not_working(put)) is None


def _insufficient(channel: Channel) -> Denial:
    message = (
        f"Insufficient delivery policy to s3 bucket: {channel.bucket}, unable to write to bucket, "
        f"provided s3 key prefix is '{channel.prefix or 'null'}', "
        f"provided kms key is '{channel.key_arn or 'null'}'."
    )
    return Denial("InsufficientDeliveryPolicyException", message, 400)


REFUSALS = [
    (("config", "PutConfigurationRecorder"), bad_role),
    (("config", "PutDeliveryChannel"), bad_channel),
]
