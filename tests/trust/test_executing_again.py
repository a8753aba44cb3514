"""What is found again when a run executes again, and what is not."""

import pytest

from holdfast.store import queries

HEAD = """
from threading import Lock

from helpers import note
from holdfast import flow, suspend_flow_run, task

@task
def step(value):
    note("step", value)
    return value

@task
async def astep(value):
    note("astep", value)
    return value
"""
TAIL = """
if __name__ == "__main__":
    import asyncio
    asyncio.run(main()) if main.is_async else main()
"""


@pytest.fixture
def suspended(bench):
    """Run a flow ``main``, given as its code, until it suspends."""

    def run(code):
        bench.write(HEAD + code + TAIL)
        process = bench.run(bench.folder / "program.py")
        assert process.wait() == 0, process.err
        assert bench.state().name == "Suspended", process.err
        return bench

    return run


def edit(bench, code):
    bench.write(HEAD + code + TAIL)


def finished(bench, answer=None):
    """Answer, execute, and return the result."""
    bench.answer_and_work(answer)
    assert bench.state().is_completed(), bench.log()
    return bench.result()


def test_sequential_calls_are_found_again(suspended):
    bench = suspended("""
@flow
def main():
    first = [step(1), step(2), step(1)]
    suspend_flow_run()
    return first + [step(1), step(3)]
""")
    assert finished(bench) == [1, 2, 1, 1, 3]
    assert bench.ran == ["step 1", "step 2", "step 1", "step 1", "step 3"]


def test_submitted_calls_are_found_again(suspended):
    bench = suspended("""
@flow
def main():
    futures = [step.submit(each % 3) for each in range(6)]
    first = [each.result() for each in futures]
    suspend_flow_run()
    return first + [step.submit(7).result()]
""")
    assert finished(bench) == [0, 1, 2, 0, 1, 2, 7]
    assert sorted(bench.ran) == sorted(["step 0", "step 1", "step 2"] * 2 + ["step 7"])


def test_mapped_calls_are_found_again(suspended):
    bench = suspended("""
@flow
def main():
    first = step.map([1, 2, 1, 3]).result()
    suspend_flow_run()
    return first + step.map([3, 4]).result()
""")
    assert finished(bench) == [1, 2, 1, 3, 3, 4]
    assert sorted(bench.ran) == ["step 1", "step 1", "step 2", "step 3", "step 3", "step 4"]


def test_async_calls_made_at_once_are_found_again(suspended):
    bench = suspended("""
import asyncio

@flow
async def main():
    first = await asyncio.gather(*(astep(each) for each in range(4)), *(astep(each) for each in range(4)))
    await suspend_flow_run()
    return [*first, await astep(9)]
""")
    assert finished(bench) == [0, 1, 2, 3, 0, 1, 2, 3, 9]
    assert len(bench.ran) == 9


def test_a_call_that_depends_on_a_future_is_found_again(suspended):
    bench = suspended("""
@flow
def main():
    first = step.submit(1)
    second = step(first)
    suspend_flow_run()
    return [second, step(first)]
""")
    assert finished(bench) == [1, 1]
    assert bench.ran == ["step 1"] * 3


def test_child_runs_are_found_again(suspended):
    bench = suspended("""
@flow
def part(value):
    note("part", value)
    return step(value)

@flow
def main():
    first = [part(1), part(2), part(1)]
    suspend_flow_run()
    return first + [part(3)]
""")
    before = {each.id for each in queries.get_children(bench.db, bench.root().id)}
    assert finished(bench) == [1, 2, 1, 3]
    after = {each.id for each in queries.get_children(bench.db, bench.root().id)}
    assert len(before) == 3
    assert len(after) == 4
    assert before < after
    assert [each for each in bench.ran if each.startswith("part")] == ["part 1", "part 2", "part 1", "part 3"]


def test_a_child_whose_result_cannot_be_stored_runs_again(suspended):
    bench = suspended("""
@flow
def part():
    note("part")
    return step(1), Lock()

@flow
def main():
    first = part()[:1]
    suspend_flow_run()
    return first
""")
    assert finished(bench) == (1,)
    assert bench.ran == ["part", "step 1", "part"]
    assert len(queries.get_children(bench.db, bench.root().id)) == 1


def test_a_task_whose_result_cannot_be_stored_runs_again(suspended):
    bench = suspended("""
@task
def locked():
    note("locked")
    return 1, Lock()

@flow
def main():
    first = locked()[0]
    suspend_flow_run()
    return first
""")
    assert finished(bench) == 1
    assert bench.ran == ["locked", "locked"]


def test_a_failure_that_was_caught_is_raised_again_without_running_the_task(suspended):
    bench = suspended("""
class Broken(Exception):
    pass

@task
def fail():
    note("fail")
    raise Broken("for good")

@flow
def main():
    try:
        fail()
    except Broken as error:
        caught = error.args[0]
    suspend_flow_run()
    return caught
""")
    assert finished(bench) == "for good"
    assert bench.ran == ["fail"]


def test_an_exception_with_a_constructor_of_its_own_is_raised_again_with_its_attributes(suspended):
    bench = suspended("""
class Refused(Exception):
    def __init__(self, code, detail):
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail

class Late(Exception):
    def __init__(self, why):
        super().__init__(f"late because of {why}")
        self.why = why

@task
def charge():
    note("charge")
    raise Refused(402, "card")

@task
def deliver():
    note("deliver")
    raise Late("rain")

@flow
def main():
    told = []
    for each in (charge, deliver):
        try:
            each()
        except (Refused, Late) as error:
            told.append([type(error) in (Refused, Late), str(error), vars(error)])
    suspend_flow_run()
    return told
""")
    assert finished(bench) == [
        [True, "402: card", {"code": 402, "detail": "card"}],
        [True, "late because of rain", {"why": "rain"}],
    ]
    assert bench.ran == ["charge", "deliver"]


def test_a_result_whose_class_the_flow_makes_is_said_to_be_of_another_when_it_is_stored(suspended):
    bench = suspended("""
import enum

@task
def choose(kind):
    note("choose")
    return kind.RED

@flow
def main():
    class Colour(enum.Enum):
        RED = 1

    chosen = choose(Colour)
    suspend_flow_run()
    return chosen == Colour.RED
""")
    assert "main.<locals>.Colour is made in a function, so each execution makes another one" in bench.log()
    assert finished(bench) is False
    assert bench.ran == ["choose"]


def test_a_child_run_that_failed_and_was_caught_is_not_run_again(suspended):
    bench = suspended("""
@flow
def part():
    note("part")
    raise ValueError("for good")

@flow
def main():
    try:
        part()
    except ValueError as error:
        caught = error.args[0]
    suspend_flow_run()
    return caught
""")
    assert finished(bench) == "for good"
    assert bench.ran == ["part"]


def test_a_loop_may_go_in_another_order(suspended):
    code = """
@flow
def main():
    first = [step(each) for each in ORDER]
    suspend_flow_run()
    return first
"""
    bench = suspended("ORDER = [1, 2, 3]\n" + code)
    edit(bench, "ORDER = [3, 0, 1, 2]\n" + code)
    assert finished(bench) == [3, 0, 1, 2]
    assert bench.ran == ["step 1", "step 2", "step 3", "step 0"]


def test_code_around_the_calls_may_change(suspended):
    bench = suspended("""
@flow
def main():
    x = step(1)
    suspend_flow_run()
    return [x]
""")
    edit(
        bench,
        """
@task
def added(value):
    note("added", value)
    return value + 1

@flow
def main():
    '''A text that was not there.'''
    before = added(0)
    renamed = step(before)
    suspend_flow_run()
    return [renamed, step(2)]
""",
    )
    assert finished(bench) == [1, 2]
    assert bench.ran == ["step 1", "added 0", "step 2"]


def test_a_call_whose_inputs_changed_runs_anew_and_the_log_says_so(suspended):
    code = """
@flow
def main():
    first = step(VALUE)
    suspend_flow_run()
    return first
"""
    bench = suspended("VALUE = 1\n" + code)
    edit(bench, "VALUE = 2\n" + code)
    assert finished(bench) == 2
    assert bench.ran == ["step 1", "step 2"]
    assert "step-1 runs again: its inputs differ from those of the call recorded earlier." in bench.log()


def test_a_call_of_a_task_that_has_moved_runs_anew_and_the_log_says_so(suspended):
    code = """
@flow
def main():
    first = step(1)
    suspend_flow_run()
    return first
"""
    bench = suspended(code)
    bench.write((bench.folder / "program.py").read_text(), "moved.py")
    edit(bench, "from moved import step\n" + code)
    assert finished(bench) == 1
    assert "step-1 runs again: its task is now moved.step, and the call recorded earlier was of another" in bench.log()


def test_the_log_says_how_many_calls_were_reused(suspended):
    bench = suspended("""
@flow
def main():
    step(1), step(2)
    suspend_flow_run()
    step(3)
""")
    finished(bench)
    assert "Execution 2: finished calls reused: 2, calls made: 1." in bench.log()
    assert [(each.name, each.reused) for each in bench.tasks()] == [("step-1", 1), ("step-2", 1), ("step-3", 0)]


def test_inputs_that_cannot_be_hashed_are_found_by_position(suspended):
    bench = suspended("""
import threading

@task
def locked(lock, label):
    note("locked", label)
    return label

@flow
def main():
    first = [locked(threading.Lock(), "a"), locked(threading.Lock(), "b")]
    suspend_flow_run()
    return first + [locked(threading.Lock(), "c")]
""")
    assert finished(bench) == ["a", "b", "c"]
    assert bench.ran == ["locked a", "locked b", "locked c"]


def test_results_of_classes_of_the_script_are_of_those_classes_again(suspended):
    bench = suspended("""
import dataclasses
import enum

from pydantic import BaseModel

class Plain:
    def __init__(self, value):
        self.value = value

@dataclasses.dataclass
class Data:
    value: int

class Model(BaseModel):
    value: int

class Kind(enum.Enum):
    ONE = 1

@task
def make(cls, value):
    note("make", cls.__name__)
    return cls(value) if cls is not Model else Model(value=value)

@flow
def main():
    classes = [Plain, Data, Model, Kind]
    made = [make(each, 1) for each in classes]
    suspend_flow_run()
    made += [make(each, 1) for each in classes]
    return [isinstance(each, cls) for each, cls in zip(made, classes * 2)]
""")
    assert finished(bench) == [True] * 8
    assert bench.ran == [f"make {each}" for each in ["Plain", "Data", "Model", "Kind"] * 2]


def test_inputs_of_classes_of_the_script_are_the_same_inputs_again(suspended):
    bench = suspended("""
import dataclasses

class Plain:
    def __init__(self, value, text):
        self.value = value
        self.text = text

@dataclasses.dataclass(frozen=True)
class Data:
    value: int

@task
def take(value):
    note("take", type(value).__name__)
    return True

@flow
def main():
    parts = ["a", "b"]
    first = [take(Plain(1, "".join(parts))), take({Data(1): Plain(2, "x")}), take((1, "x")), take({1, 2})]
    suspend_flow_run()
    return first
""")
    assert finished(bench) == [True] * 4
    assert bench.ran == ["take Plain", "take dict", "take tuple", "take set"]


def test_parameters_of_classes_of_the_script_are_given_again(suspended):
    bench = suspended("""
class Plain:
    def __init__(self, value):
        self.value = value

@flow
def ordering(plain: Plain, other: int = 3):
    step(plain.value)
    suspend_flow_run()
    return isinstance(plain, Plain) and plain.value + other

class main:
    is_async = False
    def __new__(cls):
        return ordering(Plain(4))
""")
    assert finished(bench) == 7


def test_a_result_whose_class_has_gone_is_made_again(suspended):
    code = """
class {name}:
    pass

@task
def make():
    note("make")
    return {name}()

@flow
def main():
    made = make()
    suspend_flow_run()
    return type(made).__name__
"""
    bench = suspended(code.format(name="Old"))
    edit(bench, code.format(name="New"))
    assert finished(bench) == "New"
    assert bench.ran == ["make", "make"]
    assert "make-1 runs again: A stored value cannot be read back" in bench.log()


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_decided_wait_returns_its_answer_without_asking_again(suspended, is_async):
    code = """
@flow
def main():
    first = suspend_flow_run(wait_for_input=int)
    second = suspend_flow_run(wait_for_input=int, key="other")
    return first * 10 + second
"""
    if is_async:
        code = code.replace("def main", "async def main").replace("= suspend", "= await suspend")
    bench = suspended(code)
    bench.answer_and_work(4)
    assert bench.state().name == "Suspended"
    assert finished(bench, 2) == 42
    assert [(each.key, each.answer.value) for each in bench.waits()] == [("1", {"value": 4}), ("other", {"value": 2})]


def test_a_deadline_that_passed_and_was_caught_is_not_waited_for_again(suspended):
    bench = suspended("""
from holdfast import pause_flow_run
from holdfast.exceptions import FlowPauseTimeout

@flow
def main():
    try:
        pause_flow_run(timeout=0.01)
    except FlowPauseTimeout:
        note("too late")
        step(1)
    suspend_flow_run(key="then")
    return "done"
""")
    assert finished(bench) == "done"
    assert [(each.key, each.status) for each in bench.waits()] == [("1", "expired"), ("then", "decided")]
    assert bench.ran == ["too late", "step 1", "too late"]


def test_many_executions_make_each_call_once(suspended):
    bench = suspended("""
@flow
def main():
    total = 0
    for each in range(5):
        total += step(each)
        suspend_flow_run(key=f"k-{each}")
    return total
""")
    for _ in range(5):
        bench.answer_and_work()
    assert bench.result() == 10
    assert bench.ran == [f"step {each}" for each in range(5)]
    assert bench.root().executions == 6
