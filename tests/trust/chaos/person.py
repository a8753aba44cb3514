"""Somebody who does one thing to a run, and writes down whether it was acknowledged: ``person.py VERB RUN …``."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from witness import note

from holdfast.engine import actions
from holdfast.engine.housekeeping import tend
from holdfast.exceptions import HoldfastError
from holdfast.input import send_input
from holdfast.store.database import default


def answer(run, key, value):
    actions.resume(default(), run, json.loads(value), key=key, channel="cli")


def go_on(run):
    actions.resume(default(), run, channel="cli")


def send(run, value):
    send_input(json.loads(value), run)


def pause(run):
    actions.pause(default(), run, channel="cli")


def suspend(run):
    actions.suspend(default(), run, channel="cli")


def cancel(run):
    actions.cancel(default(), run, channel="cli")


def retry(run):
    actions.retry(default(), run)


def look():
    tend(default())


if __name__ == "__main__":
    verb, *arguments = sys.argv[1:]
    try:
        globals()[verb](*arguments)
    except HoldfastError as error:
        note("refused", verb=verb, arguments=arguments, error=f"{type(error).__name__}: {error}")
    else:
        note("acknowledged", verb=verb, arguments=arguments)
