"""The exit statuses of the commands, and how an error becomes one sentence and a status."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import cast

import typer

from holdfast import exceptions as errors
from holdfast.cli import output


class Exit(IntEnum):
    """The exit statuses of every command."""

    DONE = 0
    FAILED = 1
    """The run failed, crashed or was cancelled, or the request was refused."""
    BAD_INPUT = 2
    NO_DATABASE = 3
    INTERRUPTED = 130


EXPLAINED = """\b
Exit status:
    0  success; a run that waits for a person counts as success
    1  the run failed, crashed or was cancelled, or the request was refused
       (not paused, already decided, deadline passed)
    2  bad usage or bad input (unknown run, an answer or parameter that does not fit)
    3  the database cannot be used
  130  interrupted

\b
Environment:
  HOLDFAST_DB    the database: a path or a sqlite:/// URL
  HOLDFAST_HOME  the folder of the app's keymap and preferences, and of the
                 database unless HOLDFAST_DB is set
  HOLDFAST_USER  your name, as it is recorded with your decisions
  NO_COLOR       turns colours off"""
"""The last part of ``holdfast --help``."""


class BadInput(errors.HoldfastError):
    """A command's arguments make no sense. The message says which, and how to fix them."""


USAGE_ERROR = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])
"""The base class of Typer's usage errors. Its package differs between versions of Typer."""

EXITS = (typer.Exit, typer.Abort)
"""The exceptions that end a command on purpose."""

_BAD_INPUT = (
    BadInput,
    errors.DurationError,
    errors.AmbiguousDeployment,
    errors.AmbiguousFlowRun,
    errors.DeploymentNotFound,
    errors.FlowRunNotFound,
    errors.InvalidAnswerError,
    errors.InvalidFilter,
    errors.InvalidFlow,
    errors.ParameterError,
    errors.ScheduleError,
    errors.SeveralWaitsError,
)


def status_of(error: errors.HoldfastError) -> Exit:
    """Return the exit status for an error."""
    if isinstance(error, errors.StoreError | errors.SettingsError):
        return Exit.NO_DATABASE
    return Exit.BAD_INPUT if isinstance(error, _BAD_INPUT) else Exit.FAILED


def guarded(command: Callable[[], object]) -> Exit:
    """Run a command and return its exit status. Print an error that a user can cause as one sentence."""
    try:
        status = command()
        sys.stdout.flush()
    except errors.HoldfastError as error:
        output.complain(str(error))
        return status_of(error)
    except (KeyboardInterrupt, EOFError):
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # The reader has stopped reading. The buffered rest must not be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except OSError as error:
        output.complain(f"{error.filename or 'The output'}: {error.strerror or error}.")
        return Exit.FAILED
    except (*EXITS, USAGE_ERROR):
        raise
    except Exception as error:  # noqa: BLE001 - a traceback helps nobody who types commands
        output.complain(_fault(error))
        return Exit.FAILED
    return status if isinstance(status, Exit) else Exit.DONE


def _fault(error: Exception) -> str:
    """Describe an unexpected error, and where it was raised."""
    *_, frame = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frame.filename).name}, line {frame.lineno}"
    return f"This is a bug in Holdfast: {type(error).__name__}: {error} ({place})."


def usage_sentence(error: typer.BadParameter) -> str:
    """Return Typer's error about the arguments as one line."""
    message = error.format_message().replace("\n", " ").strip().rstrip(".")
    command = error.ctx.command_path if error.ctx else "holdfast"
    return f"{message}{'' if message.endswith('?') else '.'} See `{command} --help`."
