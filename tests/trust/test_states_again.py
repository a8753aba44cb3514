"""States that code returned: what the next execution finds of them, and what a paused one comes to."""

import pytest

from holdfast import states
from holdfast.store import queries

TASKS = """
from helpers import note
from holdfast import flow, suspend_flow_run, task
from holdfast.exceptions import HoldfastError
from holdfast.states import Cancelled, Cancelling, Completed, Crashed, Failed, Paused, Running, Suspended

@task
def good(value):
    note("good", value)
    return value

@task
def bad():
    note("bad")
    raise ValueError("bad")

def told(state):
    try:
        found = state.result()
    except Exception as error:
        found = f"{type(error).__name__}: {error}"
    return [state.type.value, state.name, state.message, str(found)]
"""
TAIL = """
if __name__ == "__main__":
    import asyncio
    asyncio.run(main()) if main.is_async else main()
"""


@pytest.fixture
def suspended(bench):
    def run(code):
        bench.write(TASKS + code + TAIL)
        process = bench.run(bench.folder / "program.py")
        assert process.wait() == 0, process.err
        assert bench.state().name == "Suspended", process.err + bench.log()
        return bench

    return run


def finished(bench):
    bench.answer_and_work()
    assert bench.state().is_completed(), bench.log()
    return bench.result()


def test_a_task_that_made_its_own_state_is_not_called_again(suspended):
    bench = suspended("""
@task
def makes(what):
    note("makes", what)
    return {
        "message": Failed("No paper"),
        "text": Failed(data="No ink"),
        "state": Failed(data=Failed(data=KeyError("in"))),
        "named": Completed("Yes", data=3, name="Signed"),
        "states": [Completed(data=1), Failed("two")],
        "error": ValueError("only a value"),
        "cancelled": Cancelled("Enough"),
        "crashed": Crashed("By itself"),
        "none": Cancelling(),
        "running": Running(),
        "paused": Paused(),
        "misnamed": Completed(name="Paused"),
    }[what]

@flow
def main():
    found = [told(makes(each, return_state=True))
             for each in ("message", "text", "state", "named", "states", "error", "cancelled", "crashed", "none",
                          "running", "paused", "misnamed")]
    note(found)
    suspend_flow_run()
    return found
""")
    result = finished(bench)
    assert len(bench.ran[:-2]) == 12
    assert bench.ran[-2] == bench.ran[-1]
    assert [each[:2] for each in result] == [
        ["FAILED", "Failed"],
        ["FAILED", "Failed"],
        ["FAILED", "Failed"],
        ["COMPLETED", "Signed"],
        ["FAILED", "Failed"],
        ["COMPLETED", "Completed"],
        ["CANCELLED", "Cancelled"],
        ["CRASHED", "Crashed"],
        ["CANCELLED", "Cancelled"],
        *[["FAILED", "Failed"]] * 3,
    ]
    assert [each[3] for each in result[:4]] == ["FailedRun: No paper", "FailedRun: No ink", "KeyError: 'in'", "3"]


def test_a_child_gives_the_same_states_again_and_runs_once(suspended):
    bench = suspended("""
@flow
def several():
    note("several")
    return [good.submit(1), bad.submit()]

@flow
def single():
    note("single")
    return bad.submit()

@flow
def made():
    note("made")
    return Failed("No paper")

@flow
def ended():
    note("ended")
    return Cancelled("Enough")

@flow
def main():
    found = []
    for child in (several, single, made, ended):
        found.append(told(child(return_state=True)))
        try:
            found.append([each.name for each in child()])
        except Exception as error:
            found.append(f"{type(error).__name__}: {error}")
    note(found)
    suspend_flow_run()
    return found
""")
    result = finished(bench)
    assert bench.ran[-1] == bench.ran[-2]
    assert [each for each in bench.ran[:-2] if each in ("several", "single", "made", "ended")] == [
        "several", "several", "single", "single", "made", "made", "ended", "ended",
    ]  # fmt: skip
    assert result == [
        ["FAILED", "Failed", "1/2 states failed.", "ValueError: bad"],
        ["Completed", "Failed"],
        ["FAILED", "Failed", "1/1 states failed.", "ValueError: bad"],
        "ValueError: bad",
        ["FAILED", "Failed", "No paper", "FailedRun: No paper"],
        "FailedRun: No paper",
        ["CANCELLED", "Cancelled", "Enough", "CancelledRun: Enough"],
        "CancelledRun: Enough",
    ]


@pytest.mark.parametrize("made", ["Paused()", "Suspended()", "[Completed(), Paused()]"])
@pytest.mark.parametrize("how", ["def", "async def"])
def test_a_flow_that_returns_a_paused_state_is_suspended_and_called_again_when_it_is_resumed(suspended, made, how):
    bench = suspended(f"""
from pathlib import Path

@flow
{how} main():
    note("main")
    {"good(1)" if how == "def" else ""}
    return {made} if not Path("ready").exists() else "done"
""")
    bench.answer_and_work()
    assert bench.state().name == "Suspended"
    assert bench.log().count("so it is suspended until it is resumed.") == 2
    (bench.folder / "ready").touch()
    assert finished(bench) == "done"
    assert bench.ran.count("main") == 3
    assert bench.ran.count("good 1") == (1 if how == "def" else 0)


def test_a_child_that_returns_a_paused_state_suspends_the_tree(suspended):
    bench = suspended("""
from pathlib import Path

@flow
def child():
    return Paused() if not Path("ready").exists() else "done"

@flow
def main():
    return child()
""")
    (bench.folder / "ready").touch()
    assert finished(bench) == "done"


def test_a_finished_state_stays_as_it_was_stored(suspended):
    bench = suspended("""
@flow
def main():
    suspend_flow_run()
    return [good.submit(1), good(2, return_state=True)]
""")
    bench.answer_and_work()
    run = queries.get_flow_run(bench.db, bench.root().id)
    assert run.state.message == "All states completed."
    assert [states.state_result(each) for each in bench.result()] == [1, 2]
