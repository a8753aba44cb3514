"""What no browser sends to ``holdfast web``: it is refused, the server goes on, and its terminal stays clean."""

import re
import signal
import socket
import struct
import subprocess
import sys
from contextlib import suppress

import pytest

from waiting import PATIENCE

KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
UPGRADE = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"

# What stands for what only a running server knows: HOST, COOKIE and ORIGIN are whole header lines.
REQUESTS = {
    "no HTTP": (b"\x00\xff\x1b[2J\r\n\r\n", {400}),
    "no version": (b"GET /\r\n\r\n", {400, 403}),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400}),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 300, {400}),
    "HTTP/1.0": (b"GET / HTTP/1.0\r\nHOST COOKIE\r\n", {200}),
    "no host": (b"GET / HTTP/1.1\r\nCOOKIE\r\n", {400}),
    "two hosts": (b"GET / HTTP/1.1\r\nHOST HOST COOKIE\r\n", {400}),
    "host with an escape": (b"GET / HTTP/1.1\r\nHost: \x1b]0;x\x07\r\nCOOKIE\r\n", {400}),
    "host that is no UTF-8": (b"GET / HTTP/1.1\r\nHost: \xff\xfe\r\nCOOKIE\r\n", {403}),
    "host with half a bracket": (b"GET / HTTP/1.1\r\nHost: [::1\r\nCOOKIE\r\n", {403}),
    "origin with half a bracket": (b"GET / HTTP/1.1\r\nHOST COOKIE Origin: http://[::1\r\n\r\n", {403}),
    "origin that is no UTF-8": (b"GET / HTTP/1.1\r\nHOST COOKIE Origin: \xff\r\n\r\n", {403}),
    "token that is no UTF-8": (b"GET /?token=%ff%ed%a0%80 HTTP/1.1\r\nHOST \r\n", {403}),
    "bare bytes in the address": (b"GET /?token=\xff HTTP/1.1\r\nHOST \r\n", {400}),
    "size of the font": (b"GET /?fontsize=" + b"9" * 5000 + b" HTTP/1.1\r\nHOST COOKIE\r\n", {200}),
    "unknown method": (b"FOO\x1b / HTTP/1.1\r\nHOST COOKIE\r\n", {400}),
    "wrong method": (b"DELETE /ws HTTP/1.1\r\nHOST COOKIE\r\n", {405}),
    "path upwards": (b"GET /page/../../server.py HTTP/1.1\r\nHOST COOKIE\r\n", {404}),
    "path upwards, quoted": (b"GET /page/%2e%2e/..%2fserver.py HTTP/1.1\r\nHOST COOKIE\r\n", {404}),
    "path with NUL": (b"GET /page/%00 HTTP/1.1\r\nHOST COOKIE\r\n", {404}),
    "path that is no UTF-8": (b"GET /static/%ff HTTP/1.1\r\nHOST COOKIE\r\n", {404}),
    "path that is too long for a file": (b"GET /page/" + b"a" * 5000 + b" HTTP/1.1\r\nHOST COOKIE\r\n", {404}),
    "path that is too long for a request": (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHOST COOKIE\r\n", {400}),
    "another server's address": (b"GET http://evil.example/ HTTP/1.1\r\nHOST COOKIE\r\n", {403}),
    "no address": (b"GET http://[::1/ HTTP/1.1\r\nHOST COOKIE\r\n", {400}),
    "unknown download": (b"GET /download/%00%1b HTTP/1.1\r\nHOST COOKIE\r\n", {404}),
    "range": (b"GET /page/page.js HTTP/1.1\r\nHOST COOKIE Range: bytes=-1-\r\n\r\n", {416}),
    "header without a colon": (b"GET / HTTP/1.1\r\nHOST COOKIE \x1b]0;x\x07\r\n\r\n", {400}),
    "huge header": (b"GET / HTTP/1.1\r\nHOST COOKIE X: " + b"a" * 100_000 + b"\r\n\r\n", {400}),
    "very many headers": (b"GET / HTTP/1.1\r\nHOST COOKIE " + b"X: a\r\n" * 5000 + b"\r\n", {400}),
    "length": (b"POST / HTTP/1.1\r\nHOST COOKIE Content-Length: -1\r\n\r\n", {400}),
    "chunk": (b"POST / HTTP/1.1\r\nHOST COOKIE Transfer-Encoding: chunked\r\n\r\n\x1b[31m\r\n", {400, 405}),
    "handshake without a key": (b"GET /ws HTTP/1.1\r\nHOST COOKIE ORIGIN " + UPGRADE + b"\r\n", {400}),
    "handshake whose key is no text": (
        b"GET /ws HTTP/1.1\r\nHOST COOKIE ORIGIN " + UPGRADE + b"Sec-WebSocket-Key: \xff\r\n\r\n",
        {400},
    ),
    "handshake whose key is too short": (
        b"GET /ws HTTP/1.1\r\nHOST COOKIE ORIGIN " + UPGRADE + b"Sec-WebSocket-Key: YQ==\r\n\r\n",
        {400},
    ),
    "handshake of another version": (
        b"GET /ws HTTP/1.1\r\nHOST COOKIE ORIGIN " + UPGRADE.replace(b"13", b"99") + KEY + b"\r\n",
        {400},
    ),
    "no handshake": (b"GET /ws HTTP/1.1\r\nHOST COOKIE\r\n", {400}),
}


def frame(kind, body, *, last=True, masked=True, reserved=0, length=None):
    """A frame of a websocket; its mask is all zeros, which changes nothing."""
    length, mask = len(body) if length is None else length, 0x80 if masked else 0
    head = bytes([last << 7 | reserved << 4 | kind])
    if length < 126:
        head += bytes([mask | length])
    else:
        head += bytes([mask | 126]) + struct.pack(">H", length) if length < 65536 else b""
        head += bytes([mask | 127]) + struct.pack(">Q", length) if length >= 65536 else b""
    return head + (bytes(4) if masked else b"") + body


def text(body):
    return frame(1, body)


FRAMES = {
    "text that is no JSON": text(b"nonsense"),
    "text that is no UTF-8": text(b"\xff\xfe"),
    "binary": frame(2, b'["stdin","x"]'),
    "reserved bits": frame(1, b"x", reserved=7),
    "unknown kind": frame(3, b"x"),
    "an end without a beginning": frame(0, b"x"),
    "a beginning within a message": frame(1, b'["std', last=False) + text(b'in","?"]'),
    "a ping in parts": frame(9, b"x", last=False),
    "a long ping": frame(9, b"x" * 200),
    "a length that nobody has": frame(1, b"x", length=2**63),
    "a message that is too long": text(b'["stdin","' + b"a" * 5_000_000 + b'"]'),
    "an unknown end": frame(8, struct.pack(">H", 5)),
    "half an end": frame(8, b"\x03"),
    "an end that is no UTF-8": frame(8, struct.pack(">H", 1000) + b"\xff"),
    "no list": text(b'{"stdin":1}'),
    "an empty list": text(b"[]"),
    "an unknown word": text(b'["\\u001b[2J",1]'),
    "very many lists": text(b"[" * 100_000),
    "a number of many digits": text(b'["stdin",' + b"9" * 6000 + b"]"),
    "keys that are no text": text(b'["stdin",5]'),
    "half a character": text(b'["stdin","\\ud800"]'),
    "a size that is no number": text(b'["resize",{"width":"a","height":1}]'),
    "a size that is NaN": text(b'["resize",{"width":NaN,"height":1}]'),
    "no size": text(b'["resize",null]'),
}

TAKEN = {
    "a message in parts": frame(1, b'["std', last=False) + frame(0, b'in","?"]'),
    "a size below nothing": text(b'["resize",{"width":-5,"height":0}]'),
    "a size beyond all": text(b'["resize",{"width":1e308,"height":' + b"9" * 400 + b"}]"),
    "NUL": text(b'["stdin","\\u0000"]'),
}


class Server:
    """``holdfast web`` in a process of its own, and a visitor who may come in."""

    def __init__(self, log):
        self._log = log
        with log.open("wb") as written:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "holdfast", "web", "--port", "0", "--readonly"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=written,
                text=True,
            )

    def open(self):
        """Wait until it listens, and come in."""
        address = self.process.stdout.readline()
        self.port, token = re.search(r":(\d+)/\?token=(\S+)", address).groups()
        self._lines = {b"HOST ": f"Host: 127.0.0.1:{self.port}\r\n".encode()}
        self._lines[b"ORIGIN "] = f"Origin: http://127.0.0.1:{self.port}\r\n".encode()
        admitted = self.ask(f"GET /?token={token} HTTP/1.1\r\nHOST \r\n".encode())
        cookie = re.search(rb"Set-Cookie: ([^;]+)", admitted)[1]
        self._lines[b"COOKIE"] = b"Cookie: " + cookie + b"\r\n"
        self._lines[b"COOKIE "] = self._lines[b"COOKIE"]

    def filled(self, request):
        for name in sorted(self._lines, key=len, reverse=True):
            request = request.replace(name, self._lines[name])
        return request

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port))
        connection.settimeout(PATIENCE)
        return connection

    def ask(self, request):
        """Send a request and give the beginning of what comes back."""
        with self.connect() as connection:
            with suppress(ConnectionError):  # it has heard enough, and answered
                connection.sendall(self.filled(request))
            return read_until(connection, b"\r\n\r\n")

    def page(self, size=b"?width=80&height=24"):
        """A connection to a page whose app has drawn itself."""
        connection = self.connect()
        connection.sendall(
            self.filled(b"GET /ws" + size + b" HTTP/1.1\r\nHOST COOKIE ORIGIN " + UPGRADE + KEY + b"\r\n")
        )
        assert b"101 Switching Protocols" in read_until(connection, b"\r\n\r\n")
        return connection

    def drawn(self):
        connection = self.page()
        assert b"No runs yet" in read_until(connection, b"No runs yet")
        return connection

    def end(self):
        """Stop it as a person does, and give what its terminal has shown beside the address."""
        self.process.send_signal(signal.SIGINT)
        shown, _ = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0
        return shown + self._log.read_text()


def read_until(connection, words):
    """What comes from a server until these words, or its end."""
    found = b""
    while words not in found:
        try:
            part = connection.recv(65536)
        except ConnectionError:
            break
        if not part:
            break
        found = found[-len(words) :] + part if len(found) > 1_000_000 else found + part
    return found


def is_closed(page):
    """Whether the server says at the end that it closes the page, or hangs up."""
    end = b"\x88\x02"
    try:
        return end in read_until(page, end) or page.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def status_of(answer):
    return int(re.match(rb"HTTP/\d\.\d (\d+)", answer)[1])


def reset(connection):
    """Hang up without a word."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


pytestmark = pytest.mark.live


@pytest.fixture
def server(tmp_path):
    started = Server(tmp_path / "web.log")
    try:
        started.open()
        yield started
    finally:
        if started.process.poll() is None:
            started.process.kill()
        started.process.communicate()


NOTE = "Open this address in a browser. Stop with ctrl-c.\n"


def test_requests_that_make_no_sense_are_refused_and_the_terminal_stays_clean(server):
    wrong = {}
    for name, (request, expected) in REQUESTS.items():
        found = status_of(server.ask(request))
        if found not in expected:
            wrong[name] = found
    assert wrong == {}
    assert server.end() == NOTE


def test_messages_that_make_no_sense_close_their_page_and_the_terminal_stays_clean(server):
    kept_open = []
    for name, body in FRAMES.items():
        with server.page() as page:
            with suppress(ConnectionError):  # it has closed the page before all of it was sent
                page.sendall(body)
            if not is_closed(page):
                kept_open.append(name)
    assert kept_open == []
    assert server.end() == NOTE


def test_odd_messages_that_can_be_understood_leave_the_page_open(server):
    with server.drawn() as page:
        for body in TAKEN.values():
            page.sendall(body + text(b'["ping","still there"]'))
            assert b"still there" in read_until(page, b"still there")
        page.sendall(b"\x81")  # half a frame
    assert server.end() == NOTE


def test_page_of_any_size_is_drawn(server):
    for size in (b"", b"?width=-5&height=abc", b"?width=" + b"9" * 4000 + b"&height=0"):
        with server.page(size) as page:
            assert b"\x1b[" in read_until(page, b"\x1b[")
    assert server.end() == NOTE


def test_visitors_that_hang_up_at_any_moment_leave_the_terminal_clean(server):
    handshake = server.filled(b"GET /ws HTTP/1.1\r\nHOST COOKIE ORIGIN " + UPGRADE + KEY + b"\r\n")
    for leave in (socket.socket.close, reset):
        for length in (0, 1, 30, len(handshake) - 1, len(handshake)):
            connection = server.connect()
            connection.sendall(handshake[:length])
            leave(connection)
        leave(server.page())
        leave(server.drawn())
        file = server.connect()
        file.sendall(server.filled(b"GET /static/js/textual.js HTTP/1.1\r\nHOST COOKIE\r\n"))
        file.recv(10)
        leave(file)
    waiting = server.connect()
    waiting.sendall(handshake[:30])
    with server.drawn(), waiting:
        assert server.end() == NOTE
