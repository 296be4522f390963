"""The pipeline of a `config` source."""

from __future__ import annotations

from programs.accounts import accounts_for
from programs.aws_config.policies import service_writer
from programs.aws_config.recorder import RecorderArgs, Recording
from programs.names import names_of
from programs.outputs import export
from programs.store.bucket import LogStore, LogStoreArgs
from programs.wish import Wish


def config_program(wish: Wish) -> None:
    """Build the recorder of a wish and its store; a retired one is its store alone."""
    names, accounts = names_of(wish), accounts_for(wish)
    if wish.stage == "retired":
        export(wish, LogStore("store", LogStoreArgs(wish, names, accounts)))
        return
    store = LogStore("store", LogStoreArgs(wish, names, accounts, service_writer(names)))
    recording = Recording("recording", RecorderArgs(wish, names, accounts.production, store))
    export(wish, store, recorder=recording.recorder.name, channel=recording.channel.name)
