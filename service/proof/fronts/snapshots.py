"""A configuration snapshot on demand: a delivery like any other, whose id is in the name of its file.

DeliverConfigSnapshot (API_DeliverConfigSnapshot, AWS Config API reference) answers the id.
"""

from __future__ import annotations

from programs.aws_config.spec import ConfigSpec
from service.proof.state import Marked

from .sending import Errand, Sent


def send(errand: Errand) -> Sent:
    """Ask for one. Raises botocore.exceptions.ClientError: there is no channel, or nothing is recorded."""
    view = errand.view
    channel = view.wish.spec_as(ConfigSpec).channel_name
    answer = view.production("config").deliver_config_snapshot(deliveryChannelName=channel)
    return Sent((Marked(front="config:DeliverConfigSnapshot", mark=answer["configSnapshotId"], in_key=True),))
