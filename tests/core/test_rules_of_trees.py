"""What is always true of a run and the runs below it, whatever happens to them in whatever order.

Flows call flows, which ask, end, are left and die; people answer, pause, suspend, resume, cancel and retry. Here the
processes do what the engine does, and after every step the whole tree is looked at.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from holdfast.exceptions import (
    AlreadyDecidedError,
    FlowPauseTimeout,
    LinkedFlowRunError,
    NotPausedError,
    NotRunningError,
    QuestionChangedError,
)
from holdfast.records import HostKind, Request
from holdfast.states import Cancelled, Completed, Crashed, Failed, named
from holdfast.store import claims, recovery, requests, runs, waits
from holdfast.store.ids import from_time, new_id

# Tests are imported by path, so what they share has to be made importable.
sys.path.insert(0, str(Path(__file__).parent))

from simulated import ORIGIN, SECOND, Process, Stage

SCHEMA = {"type": "integer"}
REFUSALS = (
    AlreadyDecidedError,
    FlowPauseTimeout,
    LinkedFlowRunError,
    NotPausedError,
    NotRunningError,
    QuestionChangedError,
)
FINAL = ("Completed", "Failed", "Crashed", "Cancelled")
SCHEDULED = ("Scheduled", "AwaitingRetry", "Resuming")
ENDS = {"Completed": Completed, "Failed": Failed, "Cancelled": Cancelled}
LEAVE = ("suspend", "unwind", "release")

executes = precondition(lambda self: self.process is not None)
in_code = precondition(lambda self: self.process is not None and self.stands_at is None)


class Trees(Stage):
    def __init__(self) -> None:
        super().__init__()
        self.runs: list[str] = []
        self.process: Process | None = None
        self.stack: list[str] = []
        self.stands_at: str | None = None

    def teardown(self) -> None:
        if self.process is not None:
            self.process.database.close()
        super().teardown()

    def of(self, run_id: str) -> tuple[str, str | None]:
        return self.raw.execute("SELECT state_name, request FROM flow_run WHERE id = ?", (run_id,)).fetchone()

    @property
    def root(self) -> str:
        return self.runs[0]

    @property
    def top(self) -> str:
        return self.stack[-1]

    def begins(self, process: Process) -> None:
        self.process, self.stack, self.stands_at = process, [self.root], None

    def is_gone(self) -> None:
        assert self.process is not None
        self.process.end()
        self.process, self.stands_at = None, None

    # The process

    @initialize()
    def a_script_calls_a_flow(self):
        process = Process(self.path, HostKind.SCRIPT)
        self.runs.append(new_id())
        self._create(process, self.root, None, None)
        self.begins(process)

    def _create(self, process, run_id, parent, call):
        new = runs.NewRun(
            run_id, f"run-{len(self.runs)}", "f", named("Running"), ORIGIN, b"J{}",
            host_id=process.host_id, parent_id=parent, root_id=self.root, call=call,
        )  # fmt: skip
        fence = runs.create(process.database, new, "flow")
        process.fences.append(fence)
        return fence

    @rule(name=st.sampled_from(("first", "second")))
    @in_code
    def a_flow_calls_a_flow(self, name):
        if not self.comes_to_a_boundary() or len(self.stack) == 3:
            return
        database = self.process.database
        recorded = runs.recorded_children(database, self.top).get(name)
        if recorded is not None and recorded.finished:
            return
        if recorded is None:
            child = new_id()
            entered = self._create(self.process, child, self.top, name)
        else:
            child = recorded.run_id
            entered = runs.enter(database, child, self.process.host_id, "flow")
            self.process.fences.append(entered)
        assert entered is not None
        if recorded is None:
            self.runs.append(child)
        self.stack.append(child)

    @rule(key=st.sampled_from("ab"), patience=st.sampled_from((None, 60)), suspend=st.booleans())
    @in_code
    def a_flow_asks(self, key, patience, suspend):
        if self.of(self.top)[0] == "Paused":
            return
        found = waits.open_wait(
            self.process.database, self.top, key=key, schema=SCHEMA, initial=None, description=None,
            deadline=None if patience is None else from_time(self.clock.now + patience * SECOND), actor="flow",
            suspend=suspend,
        )  # fmt: skip
        if found is None:
            self.comes_to_a_boundary()
        elif found.status.value == "expired":
            self.ends("Failed")
        elif found.answer is not None and found.status.value == "open":
            waits.accept(self.process.database, found.id.hex)
        elif found.answer is None and suspend:
            self.is_left()
        elif found.answer is None:
            self.stands_at = found.id.hex

    @rule()
    @precondition(lambda self: self.stands_at is not None)
    def a_flow_that_waits_looks(self):
        now = waits.standing(self.process.database, self.stands_at)
        if now.answer is not None:
            assert waits.accept(self.process.database, self.stands_at) is not None
            self.stands_at = None
            self.comes_to_a_boundary()
        elif self._is_told():
            self.stands_at = None
            self.comes_to_a_boundary()
        elif now.status.value == "expired":
            waits.expire(self.process.database, self.stands_at, "flow")
            self.stands_at = None
            self.ends("Failed")

    def _is_told(self):
        state, request = self.of(self.top)
        return request == "cancel" or state in FINAL or request in LEAVE or state == "Suspended"

    @rule()
    @in_code
    def a_flow_comes_to_a_boundary(self):
        self.comes_to_a_boundary()

    def comes_to_a_boundary(self):
        """Do what the flow was told; whether its code goes on."""
        state, request = self.of(self.top)
        if request == "cancel" or state in FINAL:
            self.ends("Cancelled")
        elif request in LEAVE or state == "Suspended":
            self.is_left()
        elif request == "pause":
            requests.acknowledge_pause(self.process.database, self.top, "flow")
        else:
            return True
        return False

    def is_left(self):
        """All code of the tree is left, from below; a run that is cancelled meanwhile ends as that."""
        while self.stack:
            if requests.left(self.process.database, self.top, "flow").is_cancelling():
                self.ends("Cancelled")
                return
            self.stack.pop()
        self.is_gone()

    @rule(state=st.sampled_from(("Completed", "Failed")))
    @in_code
    def the_code_ends(self, state):
        self.ends(state)

    def ends(self, state):
        if not runs.finish(self.process.database, self.top, ENDS[state](), b"J1", "flow"):
            if self.of(self.top)[1] is None:
                waits.withdraw_all(self.process.database, self.top, "flow")
            else:
                self.comes_to_a_boundary()
            return
        self.stack.pop()
        if not self.stack:
            self.is_gone()
        elif state == "Cancelled" and self._is_told():
            self.comes_to_a_boundary()

    @rule()
    @executes
    def the_process_is_told_to_end(self):
        while self.stack:
            requests.interrupted(self.process.database, self.stack.pop(), Crashed("Interrupted."), "flow")
        self.is_gone()

    @rule()
    @executes
    def the_process_dies(self):
        self.process.database.close()
        recovery.recover(self.database, self.host(self.process.host_id), "someone")
        self.process, self.stack, self.stands_at = None, [], None

    # Workers and time

    @rule()
    @precondition(lambda self: self.process is None)
    def a_worker_goes_on_with_the_tree(self):
        if self.of(self.root)[0] in SCHEDULED:
            (claimed,) = claims.claim(self.database, self.worker, 1, "worker")
            assert claimed.hex == self.root
            process = Process(self.path, HostKind.CHILD, self.root)
            runs.enter(process.database, self.root, process.host_id, "child")
            self.begins(process)

    @rule()
    @precondition(lambda self: self.process is not None and self.process.is_child)
    def the_worker_that_stops_tells_its_process_to_leave(self):
        requests.release(self.database, self.root, "worker")

    @rule(seconds=st.sampled_from((61, -7200)))
    def the_clock_moves(self, seconds):
        self.clock.now += seconds * SECOND

    @rule()
    def somebody_looks_what_has_expired(self):
        waits.expire_due(self.database, "someone")

    # People

    @rule(data=st.data(), answer=st.integers(1, 2))
    def somebody_answers(self, data, answer):
        asked = [wait for (wait,) in self.raw.execute("SELECT id FROM wait WHERE status = 'open'")]
        if asked:
            wait = data.draw(st.sampled_from(asked))
            self._try(lambda: waits.give_answer(self.database, wait, answer, "ana", "tui"))

    @rule(data=st.data(), request=st.sampled_from(list(Request)[:3]))
    def somebody_asks(self, data, request):
        run_id = data.draw(st.sampled_from(self.runs))
        self._try(lambda: requests.ask(self.database, run_id, request, "ana", "tui"))

    @rule()
    def somebody_lets_it_go_on(self):
        if self.of(self.root)[0] != "Suspended" or not self.unanswered():
            self._try(lambda: requests.take_back(self.database, self.root, "ana"))

    @rule()
    def somebody_retries(self):
        self._try(lambda: recovery.retry(self.database, self.root, "ana"))

    def _try(self, do):
        """A verb may be refused, but only for what people are told of."""
        with suppress(*REFUSALS):
            do()

    # What is true after every step

    def states(self):
        return {run_id: self.of(run_id)[0] for run_id in self.runs}

    def unanswered(self):
        return self.raw.execute(
            "SELECT 1 FROM wait w JOIN flow_run r ON r.id = w.flow_run_id"
            " LEFT JOIN answer a ON a.wait_id = w.id AND a.verdict = 'given'"
            " WHERE w.status = 'open' AND r.ended_at IS NULL AND a.id IS NULL"
        ).fetchall()

    @invariant()
    def the_states_of_a_run_follow_each_other_in_its_history(self):
        self.check_histories(self.states())

    @invariant()
    def what_has_no_process_does_not_seem_to_run(self):
        states = self.states()
        if self.process is None:
            assert states.pop(self.root) in (*FINAL, *SCHEDULED, "Suspended")
            assert set(states.values()) <= {*FINAL, "Suspended"}
        assert all(states[each] not in FINAL for each in self.stack)

    @invariant()
    def what_is_over_has_nothing_under_way(self):
        states = self.states()
        if states[self.root] in FINAL:
            assert set(states.values()) <= set(FINAL)
            assert not self.unanswered()

    @invariant()
    def what_was_answered_and_can_go_on_does(self):
        if self.process is None and self.of(self.root)[0] == "Suspended":
            assert not self.raw.execute(
                "SELECT 1 FROM wait w JOIN flow_run r ON r.id = w.flow_run_id JOIN answer a ON a.wait_id = w.id"
                " WHERE w.status = 'open' AND verdict = 'given' AND w.asked_in = r.executions AND r.ended_at IS NULL"
            ).fetchall()

    @invariant()
    def what_is_suspended_waits_for_a_person_or_was_asked_to(self):
        if self.process is None and self.of(self.root)[0] == "Suspended" and not self.unanswered():
            assert self.raw.execute(
                "SELECT 1 FROM event WHERE kind = 'request' AND flow_run_id = ? AND actor = 'ana'", (self.root,)
            ).fetchall()


@pytest.mark.slow
def test_what_is_true_of_trees_is_true_after_every_step():
    run_state_machine_as_test(
        Trees,
        settings=settings(
            max_examples=60,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
