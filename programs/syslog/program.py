"""The pipeline of a `syslog` source."""

from __future__ import annotations

import pulumi

from programs.accounts import accounts_for
from programs.names import names_of
from programs.outputs import export
from programs.store.bucket import LogStore, LogStoreArgs
from programs.syslog.balancer import Balancer
from programs.syslog.network import Network, ServerArgs
from programs.syslog.policies import instance_writer
from programs.syslog.servers import ServerRole, Servers
from programs.syslog.spec import SyslogSpec
from programs.wish import Wish


def syslog_program(wish: Wish) -> None:
    """Build the servers and the store of a wish; a retired one is its store alone.

    Raises:
        ValueError: the environment has no place for servers (`findings.check` says so before).
    """
    names, accounts, spec = names_of(wish), accounts_for(wish), wish.spec_as(SyslogSpec)
    if wish.stage == "retired":
        export(wish, LogStore("store", LogStoreArgs(wish, names, accounts)))
        return
    if wish.syslog is None:
        raise ValueError(f"{wish.environment} has no place for syslog servers")
    args = ServerArgs(wish, names, accounts.production, spec, wish.syslog)
    role = ServerRole("server-role", args)
    store = LogStore("store", LogStoreArgs(wish, names, accounts, instance_writer(names), (role.role,)))
    network = Network("network", args)
    balancer = Balancer("balancer", args, network)
    servers = Servers("servers", args, role, store, network, balancer)
    pulumi.export("protocols", list(spec.protocols))
    export(
        wish,
        store,
        endpoint=balancer.balancer.dns_name,
        port=spec.port,
        tls_port=spec.tls_port,
        group=servers.group.name,
        writer_role_arn=role.role.arn,
    )
