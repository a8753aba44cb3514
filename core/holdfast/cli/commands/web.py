"""``holdfast web``."""

from __future__ import annotations

import errno
from typing import Annotated

import typer

from holdfast.cli import output
from holdfast.cli.exit_codes import Exit
from holdfast.cli.open_database import database

MISSING = "`holdfast web` needs packages that are not installed. Install them with: pip install 'holdfast[web]'"
OPEN_TO_ALL = """\
{host} can be reached from other machines. Anyone who has the address can do everything that you can do here.
The address, the screen and your input cross the network unencrypted. It is safer to leave out --host, and to run this
on the other machine:
ssh -L {port}:127.0.0.1:{port} THIS-MACHINE"""


def web(
    host: Annotated[
        str, typer.Option("--host", help="The address to listen on. By default only this machine can reach it.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port. 0 chooses a free one.")] = 8000,
    readonly: Annotated[
        bool, typer.Option("--readonly", help="Serve the app read-only: it changes nothing and has no worker.")
    ] = False,
) -> Exit:
    """Serve the app to a browser, and execute scheduled runs, until interrupted."""
    try:
        # Imported here because the packages of the extra may not be installed.
        from holdfast_tui.web import access, server
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("aiohttp", "aiohttp_jinja2", "textual_serve"):
            raise
        output.complain(MISSING)
        return Exit.FAILED
    site = server.WebServer(database().location, host, port, readonly=readonly)

    def tell() -> None:
        if not access.is_loopback(host):
            output.complain(OPEN_TO_ALL.format(host=site.host, port=site.port))
        output.say(site.address)
        output.note("Open this address in a browser. Stop with ctrl-c.")

    try:
        server.serve(site, tell)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            output.complain(f"Port {port} of {host} is in use. Choose another one with --port, or 0 for any free port.")
        else:
            output.complain(f"The server cannot listen on {host}: {error.strerror or error}.")
        return Exit.FAILED
    return Exit.DONE
