"""A POST goes where it was checked to go, within its time, and no further."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from service.notifications.posting import Reach, post
from service.notifications.undelivered import Undelivered
from tests.notifications.conftest import Receiver

HERE = Reach(loopback=True, seconds=5)


def refused(url: str, reach: Reach = HERE) -> str:
    with pytest.raises(Undelivered) as error:
        post(url, b"{}", {}, reach)
    return str(error.value)


def test_it_arrives_as_it_was_given(receiver: Receiver) -> None:
    post(receiver.url, b'{"a":1}', {"webhook-id": "x"}, HERE)
    ((path, headers, body),) = receiver.got
    assert (path, body, headers["webhook-id"]) == ("/hook?a=b", b'{"a":1}', "x")
    assert headers["content-type"] == "application/json"
    assert headers["host"] == f"127.0.0.1:{receiver.port}"


def test_without_the_sandboxs_setting_nothing_on_this_machine_is_called(receiver: Receiver) -> None:
    assert "https://" in refused(receiver.url, Reach())
    assert "not a public one" in refused(f"https://127.0.0.1:{receiver.port}/", Reach())
    assert receiver.got == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "https:///x",
        "https://me:pw@example.com/",
        "https://example.com:99999/",
        "https://[::1/",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_plain_https_url_is_refused(url: str) -> None:
    assert "URL" in refused(url, Reach(resolve=lambda *_: pytest.fail("it was looked up")))


def test_the_address_that_was_checked_is_the_one_that_is_called(receiver: Receiver) -> None:
    answers = [["127.0.0.1"], ["169.254.169.254"]]
    reach = Reach(loopback=True, seconds=5, resolve=lambda *_: answers.pop(0))
    post(f"http://rebound.example.com:{receiver.port}/", b"{}", {}, reach)
    assert receiver.got[0][1]["host"] == f"rebound.example.com:{receiver.port}"
    assert len(answers) == 1, "the name was asked for once"


def test_the_next_address_is_tried_where_one_does_not_answer(receiver: Receiver) -> None:
    reach = Reach(loopback=True, seconds=5, resolve=lambda *_: ["::1", "127.0.0.1"])
    post(f"http://two.example.com:{receiver.port}/", b"{}", {}, reach)
    assert len(receiver.got) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    receiver.answers, receiver.location = [status], f"http://127.0.0.1:{receiver.port}/inside"
    assert refused(receiver.url) == f"the receiver answered {status}, which is not followed"
    assert [path for path, _, _ in receiver.got] == ["/hook?a=b"]


def test_a_refusal_is_told_by_its_number_and_410_is_for_good(receiver: Receiver) -> None:
    receiver.answers = [500, 410]
    with pytest.raises(Undelivered, match="answered 500") as first:
        post(receiver.url, b"{}", {}, HERE)
    with pytest.raises(Undelivered, match="answered 410") as second:
        post(receiver.url, b"{}", {}, HERE)
    assert (first.value.final, second.value.final) == (False, True)


def test_a_receiver_that_says_nothing_is_left_in_time(receiver: Receiver) -> None:
    receiver.silent = threading.Event()
    began = time.monotonic()
    assert (
        refused(receiver.url, Reach(loopback=True, seconds=0.2)) == "the receiver did not answer within 0.2 s"
    )
    assert time.monotonic() - began < 5


def test_a_receiver_that_drips_is_left_in_time_as_well() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        over = threading.Event()

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
                for _ in range(400):
                    if over.wait(0.02):
                        return
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        port = server.getsockname()[1]
        assert "within 0.3 s" in refused(f"http://127.0.0.1:{port}/", Reach(loopback=True, seconds=0.3))
        over.set()
        thread.join(5)


def test_a_receiver_that_speaks_no_tls_gets_nothing(receiver: Receiver) -> None:
    assert refused(f"https://127.0.0.1:{receiver.port}/").startswith("TLS with the receiver failed")
    assert receiver.got == []


def test_what_answers_nonsense_is_told_in_our_own_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"secret of somebody else\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        words = refused(f"http://127.0.0.1:{server.getsockname()[1]}/")
        thread.join(5)
    assert words == "the receiver did not answer as HTTP has it (BadStatusLine)"


def test_nobody_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert refused(f"http://127.0.0.1:{port}/") == "the receiver refused the connection"
