"""The pipeline of a `cloudtrail` source, and of its presets."""

from __future__ import annotations

from programs.accounts import Accounts, accounts_for
from programs.cloudtrail.adopted import AdoptedTrail
from programs.cloudtrail.calls import api_calls
from programs.cloudtrail.policies import log_files_prefix, trail_writer
from programs.cloudtrail.spec import ApiCallsSpec, CloudTrailSpec
from programs.cloudtrail.trail import ManagementTrail
from programs.firehose.roles import DeliveryArgs
from programs.names import Names, names_of
from programs.outputs import export
from programs.store.bucket import LogStore, LogStoreArgs
from programs.wish import Wish


def cloudtrail_program(wish: Wish) -> None:
    """Build the pipeline of a wish; a retired one is its store alone."""
    names, accounts = names_of(wish), accounts_for(wish)
    if wish.stage == "retired":
        export(wish, LogStore("store", LogStoreArgs(wish, names, accounts)))
    elif isinstance(wish.spec, ApiCallsSpec):
        api_calls(wish, names, accounts)
    else:
        _trail(wish, names, accounts)


def _trail(wish: Wish, names: Names, accounts: Accounts) -> None:
    """While draining, a trail of ours has stopped, and one that was taken over delivers where it did before."""
    adopt = wish.spec_as(CloudTrailSpec).adopt
    trail_arn = names.trail_arn_of(adopt or names.trail)
    writer, announced = trail_writer(names, trail_arn), log_files_prefix(names)
    store = LogStore("store", LogStoreArgs(wish, names, accounts, writer, announced=announced))
    if adopt is None:
        ManagementTrail("trail-of-all-regions", DeliveryArgs(wish, names, accounts.production), store)
    elif wish.stage == "active":
        AdoptedTrail("adopted-trail", wish, names, store)
    export(wish, store, trail_arn=trail_arn)
