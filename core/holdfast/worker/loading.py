"""Loading the code of flows from their file or module, for a worker and for the command line."""

from __future__ import annotations

import importlib.util
import os
import sys
import sysconfig
import traceback
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from typing_extensions import TypeIs

from holdfast.engine.code import code_location, flow_location, kept_options
from holdfast.engine.drive.tracebacks import is_group
from holdfast.exceptions import InvalidFlow, StopLoading
from holdfast.flows import Flow
from holdfast.loading_state import CalledInPool
from holdfast.records import Origin
from holdfast.worker.loading_guard import Ended, guarded

_NOT_THE_USERS = (str(Path(__file__).parents[1]), sysconfig.get_path("stdlib"))


@dataclass(frozen=True, slots=True)
class Loaded:
    """A module that was loaded, completely or up to its first flow call."""

    module: ModuleType
    where: str
    first_call: int | None
    """The line of the first flow call, where loading stopped; ``None`` if the whole module was loaded."""

    def why_incomplete(self) -> str:
        """Return the end of a sentence about something missing in the module; empty if all of it was loaded."""
        if self.first_call is None:
            return ""
        return (
            f": it was loaded only up to its first flow call, which is in line {self.first_call}. To load all of it, "
            'put flow calls under if __name__ == "__main__"'
        )


def load_flow(origin: Origin) -> Flow[..., Any]:
    """Load the flow of a run, with the options that the run was started with.

    Raises `InvalidFlow`, with a sentence that says why, when it cannot be loaded.
    """
    assert origin.entrypoint is not None
    where, _, name = origin.entrypoint.rpartition(":")
    loaded = load(where, as_main=True)
    found = flow_location.flow_in(loaded.module, name)
    if origin.options and callable(found):
        found = _with_options(found, kept_options.read(origin.options))
    if not _is_flow(found):
        raise InvalidFlow(f"There is no flow called {name!r} at the top level of {where}{loaded.why_incomplete()}.")
    flow_location.set_location(found, origin)
    return found


def _with_options(found: Callable[..., Any], settings: Mapping[str, Any]) -> Flow[..., Any]:
    return found.with_options(**settings) if _is_flow(found) else Flow(found, **settings)


def _is_flow(value: object) -> TypeIs[Flow[..., Any]]:
    return isinstance(value, Flow)


def load(where: str, *, as_main: bool = False) -> Loaded:
    """Load a file, named by its absolute path, or a module, named by its name, even if it was loaded before.

    With ``as_main`` it becomes the main module of this process. Loading stops at the first flow call outside an
    ``if __name__ == "__main__"``: when the run of that call first started, the code after the call had not run either.
    Raises `InvalidFlow`, which names the line that failed.
    """
    with _told(where):
        loaded = _load_file(where, as_main) if os.path.isabs(where) else _load_module(where, as_main)  # noqa: PTH117
    code_location.entered(loaded.module)
    return loaded


def _load_module(name: str, as_main: bool) -> Loaded:
    sys.modules.pop(name, None)
    with guarded() as stops:
        spec = importlib.util.find_spec(name)
        if spec is None:
            raise InvalidFlow(f"The module {name} no longer exists.")
        if name in sys.modules:  # its package has imported it
            if as_main:
                _make_main(sys.modules[name])
            return Loaded(sys.modules[name], name, None)
        loaded = _execute(spec, name, stops, as_main)
        package, _, last = name.rpartition(".")
        if package:
            setattr(sys.modules[package], last, loaded.module)
    return loaded


def _load_file(path: str, as_main: bool) -> Loaded:
    name = Path(path).stem
    used = sys.modules.get(name)
    if name in code_location.MAIN or (used is not None and getattr(used, "__file__", None) != path):
        # Another module has its name in this process. Its entrypoint still uses the file's name.
        name = f"holdfast loaded {name}"
    spec = code_location.source_spec(name, path)
    if spec is None:
        what = "is a folder" if Path(path).is_dir() else "no longer exists"
        raise InvalidFlow(f"The file {path} {what}.")
    with guarded() as stops:
        return _execute(spec, path, stops, as_main)


def _make_main(module: ModuleType) -> None:
    """Make a module this process's ``__main__``.

    Stored values refer to classes of a script by that name, and child processes import it by that name.
    """
    for name in code_location.MAIN:
        sys.modules[name] = module


def _execute(spec: ModuleSpec, where: str, stops: list[StopLoading], as_main: bool) -> Loaded:
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    if as_main:
        _make_main(module)
    assert spec.loader is not None
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        stop = _stop_in(error) or next(iter(stops), None)
        if stop is None:
            raise
        return Loaded(module, where, _line(stop, spec.origin))
    return Loaded(module, where, None)


def _stop_in(error: BaseException | None) -> StopLoading | CalledInPool | None:
    """Return the flow call that stopped the loading, even if the code caught it and raised something else."""
    for _ in range(100):
        if error is None or isinstance(error, StopLoading | CalledInPool):
            return error
        if is_group(error):
            inside = (_stop_in(each) for each in error.exceptions)
            return next((each for each in inside if each is not None), None)
        error = error.__cause__ or error.__context__
    return None


def _line(error: BaseException, file: str | None) -> int | None:
    frames = traceback.extract_tb(error.__traceback__)
    return next((each.lineno for each in frames if each.filename == file), None)


@contextmanager
def _told(where: str) -> Generator[None]:
    """Turn every way in which loading can fail into `InvalidFlow`, with a sentence that says where and how."""
    try:
        yield
    except InvalidFlow as error:
        if error.__traceback__ is not None and _place(error) == "":
            raise
        raise InvalidFlow(f"{_sentence(error)}") from error
    except Ended as error:
        raise InvalidFlow(f"{where} ended the process while it was loaded, in {_place(error)}{error}.") from error
    except SystemExit as error:
        how = "" if error.code is None else f" with {error.code!r}"
        place = _place(error).rstrip(": ")
        raise InvalidFlow(f"{where} ended the process{how} while it was loaded, in {place}.") from error
    except KeyboardInterrupt as error:
        raise InvalidFlow(f"{where} was interrupted while it was loaded, in {_place(error).rstrip(': ')}.") from error
    except SyntaxError as error:
        file = "" if error.filename in (None, where) else f"{error.filename}, "
        raise InvalidFlow(f"{file}line {error.lineno}: {error.msg}.") from error
    except BaseException as error:
        raise InvalidFlow(f"{_sentence(error)}") from error


def _sentence(error: BaseException) -> str:
    """Say in a sentence where and why an error was raised."""
    return f"{_place(error)}{type(error).__name__}: {error}".rstrip(".") + "."


def _place(error: BaseException) -> str:
    """Return the file and line of the user's code where an error was raised, as the start of a sentence."""
    frames = [each for each in traceback.extract_tb(error.__traceback__) if _is_users(each.filename)]
    return f"{frames[-1].filename}, line {frames[-1].lineno}: " if frames else ""


def _is_users(file: str) -> bool:
    return not file.startswith(("<", *_NOT_THE_USERS)) and "site-packages" not in file and "dist-packages" not in file
