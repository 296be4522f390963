"""AWS services that call in their own name: keys by which the sandbox knows them again.

A service principal has no account, no role and no policies of its own: only the policy of the resource it calls on can
let it in, and it says for whom it acts by aws:SourceArn and aws:SourceAccount ("The confused deputy problem", IAM User
Guide). Keys are made when a service first acts, are kept in memory alone, and never leave the process.
"""

from __future__ import annotations

import secrets
import threading

from service.sandbox.call import Credentials, Principal

_lock = threading.Lock()
_keys: dict[tuple[str, str, str], Credentials] = {}
_holders: dict[str, tuple[Principal, Credentials]] = {}


def credentials_of(service: str, source_arn: str, source_account: str = "") -> Credentials:
    """The key with which `service` (``config.amazonaws.com``) acts for `source_arn`; the same one every time.

    `source_account` is needed where the ARN names no account, as Route 53's do.
    """
    account = source_account or source_arn.split(":")[4]
    with _lock:
        if (service, source_arn, account) not in _keys:
            made = Credentials(f"SERVICE{secrets.token_hex(7).upper()}", secrets.token_hex(20), "")
            principal = Principal("service", "", service, source_arn=source_arn, source_account=account)
            _keys[service, source_arn, account] = made
            _holders[made.access_key_id] = (principal, made)
        return _keys[service, source_arn, account]


def holder_of(access_key_id: str) -> tuple[Principal, Credentials] | None:
    """The service a key belongs to, with the whole key; None where it is no service's."""
    return _holders.get(access_key_id)
