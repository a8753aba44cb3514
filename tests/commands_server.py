"""The fork server of tests that use commands and the app on a terminal: what these load is loaded already."""

import importlib

import jsonschema_rs

import fork_server
import holdfast_tui.app
from holdfast.cli.app import COMMANDS
from holdfast.worker import template

_LOADED = (jsonschema_rs, holdfast_tui.app)

if __name__ == "__main__":
    for place, _ in COMMANDS.values():
        importlib.import_module(f"holdfast.cli.commands.{place.partition(':')[0]}")
    template._warm()
    job = fork_server.serve()
    fork_server.module(*job["arguments"])
