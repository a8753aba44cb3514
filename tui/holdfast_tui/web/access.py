"""Access control: requests need the token, and must come from a page of this server.

The token is given once, in the address, and becomes a cookie that no script can read. Host names are checked, so that
no other site can point its own name here (DNS rebinding). Origins are checked, so that no page of another site can use
the cookie, because a browser sends it to every port of the host and to websockets from anywhere.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
import secrets
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

_HOST = re.compile(r"[\w.:\[\]-]+")

REFUSED = "Open the address that holdfast web printed. It contains a token.\n"
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guard:
    """Accepts requests with the token, or with the cookie that replaced it.

    The server can be addressed by ``host``, on which it listens, and by ``names``.
    """

    def __init__(self, host: str, names: Iterable[str] = ()) -> None:
        self.token = secrets.token_urlsafe(32)
        """The token that the address must contain."""
        self._secret = secrets.token_urlsafe(32)
        # Cookies do not depend on ports, so two servers on one host need different names.
        self._cookie = f"holdfast-{secrets.token_hex(4)}"
        self._loopback = is_loopback(host)
        self._names = {host.lower(), *map(str.lower, names), *(("localhost",) if self._loopback else own_names())}

    def set_up(self, app: web.Application) -> None:
        """Guard all routes of an application."""
        app.middlewares.append(self._middleware)
        app.on_response_prepare.append(self._add_headers)

    @property
    def _middleware(self) -> Middleware:
        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            if not self._is_ours(request):
                return web.Response(status=403, text="This server does not accept that host name or origin.\n")
            if request.path == "/" and "token" in request.query:
                return self._admit(request.query["token"])
            if not _equal(request.cookies.get(self._cookie, ""), self._secret):
                return web.Response(status=403, text=REFUSED)
            return await handler(request)

        return check

    def _admit(self, token: str) -> web.Response:
        """Exchange the token for the cookie, and remove it from the address."""
        if not _equal(token, self.token):
            return web.Response(status=403, text=REFUSED)
        response = web.Response(status=303, headers={"Location": "/"})
        response.set_cookie(self._cookie, self._secret, path="/", httponly=True, samesite="Strict")
        return response

    def _is_ours(self, request: web.Request) -> bool:
        """Whether a request is addressed to this server, and comes from one of its pages or from none."""
        if not self._is_name(request.host):
            return False
        origin = request.headers.get("Origin")
        if origin is None:
            return request.headers.get("Upgrade") is None  # every browser sends the origin with a websocket
        return _parts(origin) in (("http", request.host.lower()), ("https", request.host.lower()))

    def _is_name(self, host: str) -> bool:
        if _HOST.fullmatch(host) is None:
            return False
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return False
        if name is None:
            return False
        # Nobody can make an IP address point here.
        return name in self._names or (is_loopback(name) if self._loopback else _is_address(name))

    async def _add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        host = request.host
        response.headers.update(_HEADERS)
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
            f"img-src 'self' data:; connect-src 'self' ws://{host} wss://{host}; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            if self._is_name(host)
            else "default-src 'none'"
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server on this host."""
    return host.lower() == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def own_names() -> set[str]:
    """Return the names of this machine."""
    return {"localhost", socket.gethostname().lower(), socket.getfqdn().lower()}


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _parts(url: str) -> tuple[str, str]:
    """Return the scheme and the network location of a URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc.lower()


def _equal(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), wanted.encode())
