"""One POST to a receiver: to an address that was checked, in a bounded time, without following or reading anything.

The standard library's client is used because it lets the checked address be the one that is connected to, while TLS still asks
for the name. It knows nothing of proxies or redirects, which is wanted here.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from .addresses import Resolve, checked, resolved
from .undelivered import Undelivered

USER_AGENT = "logflume"


@dataclass(frozen=True)
class Reach:
    """What may be reached, and how long that may take."""

    loopback: bool = False
    """Whether this machine may be, and then without TLS."""
    seconds: float = 10.0
    """For all of it: connecting, sending, and the answer's status line and headers."""
    resolve: Resolve = resolved


def post(url: str, body: bytes, headers: Mapping[str, str], reach: Reach) -> None:
    """Send JSON; a 2xx is a success. The answer's body is never read.

    Raises:
        Undelivered: it was refused, not answered in time, or must not go there. 410 means: never again.
    """
    parts, port = _parts(url, reach)
    addresses = checked(parts.hostname or "", port, reach.resolve, loopback=reach.loopback)
    connection = _Pinned(parts, port, addresses, reach.seconds)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with _ended_in_time(connection, reach.seconds):
            sent = {"Content-Type": "application/json", "User-Agent": USER_AGENT, **headers}
            connection.request("POST", target, body, sent)
            status = connection.getresponse().status
            if connection.late:
                # The client takes headers that were cut off for complete ones.
                raise TimeoutError
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Undelivered(_words(error, connection, reach.seconds)) from error
    finally:
        connection.close()
    if not 200 <= status < 300:
        where = ", which is not followed" if 300 <= status < 400 else ""
        raise Undelivered(f"the receiver answered {status}{where}", final=status == http.HTTPStatus.GONE)


def _parts(url: str, reach: Reach) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise Undelivered("the receiver's URL cannot be read") from error
    if parts.scheme != "https" and not (reach.loopback and parts.scheme == "http"):
        raise Undelivered("the receiver's URL does not begin with https://")
    if not parts.hostname or parts.username is not None or not url.isascii() or not url.isprintable():
        raise Undelivered("the receiver's URL names no host, or a user as well")
    return parts, port


class _Pinned(http.client.HTTPConnection):
    """Connects to the first of the checked addresses that answers, whatever the name means by then."""

    def __init__(self, parts: SplitResult, port: int, addresses: list[str], seconds: float) -> None:
        super().__init__(parts.hostname or "", port, timeout=seconds)
        self._addresses, self._seconds, self._tls = addresses, seconds, parts.scheme == "https"
        self.late = False

    def connect(self) -> None:
        """Open the socket, and TLS for the name of the URL."""
        self.sock = self._opened()
        if self._tls:
            context = ssl.create_default_context()
            # The handshake comes after, so that `cut` has the socket that it happens on.
            tls = context.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock = tls
            tls.do_handshake()

    def _opened(self) -> socket.socket:
        problem: OSError = OSError("no address")
        for address in self._addresses:
            try:
                return socket.create_connection(
                    (address, self.port), timeout=self._seconds / len(self._addresses)
                )
            except OSError as error:
                problem = error
        raise problem

    def cut(self) -> None:
        """End it from outside: whoever reads or writes there gets an error."""
        self.late = True
        if self.sock is not None:
            try:
                # Past TLS, which would take its state away from under whoever is reading.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
            except OSError:
                return  # It has ended by itself meanwhile.


@contextmanager
def _ended_in_time(connection: _Pinned, seconds: float) -> Iterator[None]:
    """A socket's own time-out begins again with each byte: this one does not."""
    timer = threading.Timer(seconds, connection.cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _words(error: Exception, connection: _Pinned, seconds: float) -> str:
    """Our own words for what went wrong: the library's could hold what the receiver has sent."""
    if connection.late or isinstance(error, TimeoutError):
        return f"the receiver did not answer within {seconds:g} s"
    if isinstance(error, ssl.SSLError):
        return "TLS with the receiver failed: its certificate is not valid for its name, or it speaks no TLS"
    if isinstance(error, ConnectionRefusedError):
        return "the receiver refused the connection"
    return f"the receiver did not answer as HTTP has it ({type(error).__name__})"
