"""The sockets of one listener, on ports of their own choosing; TLS ends here, as it does at the load balancer."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from collections.abc import Callable
from typing import Literal

Receive = Callable[[Literal["tcp", "udp"], str, bytes], bool]
"""Transport, address of the sender, one message; False where nobody took it."""

_LONGEST_LINE = 2**20


class Front:
    """What listens on loopback for one listener. To be used on the event loop alone."""

    def __init__(
        self, transports: tuple[str, ...], receive: Receive, certificate: tuple[bytes, bytes] | None
    ) -> None:
        self._transports, self._receive, self._certificate = transports, receive, certificate
        self._servers: list[asyncio.Server] = []
        self._datagrams: list[asyncio.DatagramTransport] = []
        self._writers: set[asyncio.StreamWriter] = set()
        self.ports: dict[str, int] = {}

    async def open(self) -> None:
        """Bind a port for each transport."""
        for transport in self._transports:
            if transport == "udp":
                await self._open_udp()
            elif transport == "tcp" or self._certificate is not None:
                await self._open_tcp(transport)

    async def _open_udp(self) -> None:
        loop = asyncio.get_running_loop()
        endpoint, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self._receive), local_addr=("127.0.0.1", 0)
        )
        self._datagrams.append(endpoint)
        self.ports["udp"] = endpoint.get_extra_info("sockname")[1]

    async def _open_tcp(self, transport: str) -> None:
        context = _tls(self._certificate) if transport == "tls" and self._certificate else None
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context, limit=_LONGEST_LINE)
        self._servers.append(server)
        self.ports[transport] = server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Messages end with a newline (RFC 6587, section 3.4.2); a connection that nobody takes is closed."""
        sender = writer.get_extra_info("peername")[0]
        self._writers.add(writer)
        try:
            while line := await reader.readline():
                message = line.rstrip(b"\r\n")
                if message and not self._receive("tcp", sender, message):
                    break
        except (OSError, ValueError):
            pass  # The sender is gone, or a line has no end: either way nothing more comes of this connection.
        finally:
            self._writers.discard(writer)
            writer.close()

    def close(self) -> None:
        """Stop listening, and end the connections there are."""
        for server in self._servers:
            server.close()
        for endpoint in self._datagrams:
            endpoint.close()
        for writer in list(self._writers):
            writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, receive: Receive) -> None:
        self._receive = receive

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._receive("udp", addr[0], data.rstrip(b"\r\n"))


def _tls(certificate: tuple[bytes, bytes]) -> ssl.SSLContext:
    """The context of a listener; OpenSSL takes certificates from files only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        file.write(certificate[1] + b"\n" + certificate[0])
        file.flush()
        context.load_cert_chain(file.name)
    return context
