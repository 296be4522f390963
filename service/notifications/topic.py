"""Publishing to an SNS topic under the role that a subscription names ("Publish", SNS API reference; 256 KB at most)."""

from __future__ import annotations

import tempfile
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from service.engine.asking import QUICK
from service.engine.aws import Accounts
from service.engine.credentials import BASE, base_identity, render
from service.engine.reasons import classify
from service.notices import Notice
from service.settings import Settings
from service.subscriptions import Sns

from .payloads import payload
from .undelivered import Undelivered

PROFILE = "logflume-notifications"


def publish(subscription: Sns, notice: Notice, settings: Settings) -> None:
    """Publish the payload; `event`, `environment` and `team` are attributes that a subscriber can filter by.

    Raises:
        Undelivered: this process has no identity, the role cannot be taken, or the topic refuses.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="logflume-tell-") as folder:
            config = Path(folder) / "aws.ini"
            config.touch(mode=0o600)
            endpoint = settings.sandbox_url if settings.mode == "sandbox" else None
            config.write_text(_profiles(subscription, settings, endpoint))
            accounts = Accounts(config, endpoint, QUICK)
            accounts.client(PROFILE, "sns", subscription.region).publish(
                TopicArn=subscription.topic_arn,
                Message=payload(notice).decode(),
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": getattr(notice, name)}
                    for name in ("event", "environment", "team")
                },
            )
    except FileNotFoundError as error:
        raise Undelivered("this worker has no AWS identity") from error
    except (BotoCoreError, ClientError) as error:
        why = classify(f"api error {error}")
        raise Undelivered(f"AWS did not take it: {why.code}: {why.message}"[:500]) from error


def _profiles(subscription: Sns, settings: Settings, endpoint: str | None) -> str:
    base = base_identity(settings.mode, settings.home_path, settings.aws_credential_source)
    where = {"endpoint_url": endpoint} if endpoint is not None else {}
    own = "credential_source" in base
    role = {
        "region": subscription.region,
        "role_arn": subscription.role_arn,
        "role_session_name": PROFILE,
        **({"external_id": subscription.external_id} if subscription.external_id else {}),
        **(base if own else {"source_profile": BASE}),
        **where,
    }
    return render({PROFILE: role, **({} if own else {BASE: base | where})})
