"""What can be imported, from where, and what that loads."""

from __future__ import annotations

import importlib
import importlib.resources
import inspect
import pkgutil
import subprocess
import sys

import pytest

import holdfast


def loaded_by(statement):
    """The top-level modules that a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.live
def test_importing_holdfast_loads_no_app_no_command_line_and_no_migrations():
    assert loaded_by("import holdfast").isdisjoint({"textual", "typer", "rich", "alembic", "click", "holdfast_tui"})


@pytest.mark.live
def test_running_a_flow_loads_none_of_them_either(tmp_path, monkeypatch):
    flow = (
        f"import os; os.environ['HOLDFAST_HOME'] = {str(tmp_path)!r}\n"
        "from holdfast import flow, task\n"
        "@task\ndef work(): return 1\n"
        "@flow\ndef works(): return work()\n"
        "assert works() == 1"
    )
    assert loaded_by(flow).isdisjoint({"textual", "typer", "rich", "alembic", "click", "holdfast_tui"})


@pytest.mark.live
def test_the_first_paint_of_the_app_waits_for_no_store_no_engine_and_no_form():
    code = "import sys, holdfast_tui.app\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    late = ("sqlalchemy", "sqlmodel", "pydantic", "holdfast.store", "holdfast.engine", "holdfast_tui.forms")
    assert [each for each in done.stdout.split() if each.startswith(late)] == []


@pytest.mark.parametrize(
    "statement",
    [
        "from holdfast import flow, task, pause_flow_run, resume_flow_run, suspend_flow_run",
        "from holdfast import cancel_flow_run, get_run_logger",
        "from holdfast.input import Keyset, RunInput, RunInputMetadata, keyset_from_base_key",
        "from holdfast.input import receive_input, send_input",
        "from holdfast import get_flow_run, list_flow_runs, wait_for_flow_run",
        "from holdfast.states import Cancelled, Completed, Failed, Paused, State, StateType, Suspended",
        "from holdfast.context import get_run_context",
        "from holdfast.exceptions import FlowPauseTimeout, NotPausedError",
        "from holdfast.logging import get_run_logger",
        "from holdfast.task_runners import ThreadPoolTaskRunner",
    ],
)
def test_names_are_where_they_are_looked_for(statement):
    exec(statement, {})


def test_everything_is_exported_in_order():
    assert holdfast.__all__ == sorted(set(holdfast.__all__))
    assert all(hasattr(holdfast, name) for name in holdfast.__all__)


def test_nothing_public_is_left_out():
    assert set(holdfast._HOME_OF) == set(holdfast.__all__)
    public = {name for name, thing in vars(holdfast).items() if not (name.startswith("_") or inspect.ismodule(thing))}
    assert public - {"Any", "TYPE_CHECKING"} <= set(holdfast.__all__)
    assert {name for name in dir(holdfast) if not name.startswith("_")} == set(holdfast.__all__)


def test_what_is_not_public_is_not_there():
    with pytest.raises(AttributeError, match="module 'holdfast' has no attribute 'nothing'"):
        holdfast.nothing  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'nothing'"):
        from holdfast import nothing  # noqa: F401


@pytest.mark.live
def test_looking_at_runs_loads_neither_the_engine_nor_pydantic():
    assert loaded_by("import holdfast.cli.app, holdfast_tui.app").isdisjoint({"pydantic", "sqlalchemy", "anyio"})


PUBLIC = [
    "annotations", "cache_policies", "context", "deployments", "exceptions", "flow_runs", "flows", "futures", "input",
    "logging", "reading", "records", "runtime", "schedules", "settings", "states", "task_runners", "tasks",
]  # fmt: skip
"""The modules that users import from."""


def public_names():
    for name in holdfast.__all__:
        yield pytest.param(getattr(holdfast, name), id=name)
    for each in PUBLIC:
        module = importlib.import_module(f"holdfast.{each}")
        for name, thing in vars(module).items():
            own = getattr(thing, "__module__", None) == module.__name__
            if not name.startswith("_") and own and (inspect.isclass(thing) or inspect.isfunction(thing)):
                yield pytest.param(thing, id=f"{each}.{name}")


SCREEN = 20
"""Lines of a docstring at most: what ``help()`` shows without turning pages."""


def explains_itself(thing):
    """Whether it says what it is in a sentence, and all else on one screen and without examples."""
    said = inspect.getdoc(thing)
    return bool(said) and "::" not in said and len(said.splitlines()) <= SCREEN and said.split("\n\n")[0].endswith(".")


@pytest.mark.parametrize("thing", public_names())
def test_every_public_name_explains_itself_on_one_screen(thing):
    assert explains_itself(thing)
    for name, member in vars(thing).items() if inspect.isclass(thing) else ():
        if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property)):
            assert explains_itself(member), name


@pytest.mark.parametrize("name", PUBLIC)
def test_what_a_module_exports_is_sorted_and_there(name):
    module = importlib.import_module(f"holdfast.{name}")
    exported = getattr(module, "__all__", [])
    assert sorted(exported, key=lambda each: (not each.isupper(), each)) == exported
    assert all(hasattr(module, each) for each in exported)


def test_every_module_explains_itself():
    for each in pkgutil.iter_modules(holdfast.__path__, "holdfast."):
        if each.name not in ("holdfast.__main__", "holdfast.cli"):
            assert importlib.import_module(each.name).__doc__, each.name


def test_the_package_is_marked_as_typed():
    assert importlib.resources.files("holdfast").joinpath("py.typed").is_file()
