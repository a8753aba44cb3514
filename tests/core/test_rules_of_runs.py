"""The store does what the plain rules say, whatever happens to runs in whatever order.

Processes start, ask, are answered, die, are taken for dead and are stopped; people answer, pause, suspend, resume,
cancel and retry; workers claim and recover; deadlines pass and the clock is set. After every step each run is as
`plain_rules` has it, and what must be true of every history is true of its events.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from holdfast.exceptions import HoldfastError, LostUnwind, NotClaimed
from holdfast.records import HostKind, Request
from holdfast.states import Cancelled, Completed, Crashed, Failed, named
from holdfast.store import claims, recovery, requests, runs, tasks, waits
from holdfast.store.ids import at_once, from_time, new_id

# Tests are imported by path, so what they share has to be made importable.
sys.path.insert(0, str(Path(__file__).parent))

from plain_rules import FINAL, Refused, Run, Wait
from simulated import ORIGIN, SECOND, Process, Stage

SCHEMAS = tuple({"type": "integer", "minimum": least} for least in range(3))
keys, versions, answers = st.sampled_from("ab"), st.sampled_from(range(len(SCHEMAS))), st.sampled_from((5, 6))


class Executor(Process):
    """A process with what it is at."""

    def __init__(self, path: Path, kind: HostKind, run_id: str | None = None) -> None:
        super().__init__(path, kind, run_id)
        self.run: Run
        self.stands_at: Wait | None = None
        self.awaits_retry = False
        self.is_lost = False

    def __repr__(self) -> str:
        return f"{'child' if self.is_child else 'script'} of {self.run}"


def only(*places):
    """A rule that applies while some process is there."""
    return precondition(lambda self: any(self.here(place) for place in places))


class Runs(Stage):
    def __init__(self) -> None:
        super().__init__()
        self.runs: list[Run] = []
        self.processes: list[Executor] = []

    def teardown(self) -> None:
        for each in self.processes:
            each.database.close()
        super().teardown()

    # What there is to choose from

    def here(self, place: str) -> list[Executor]:
        return [each for each in self.processes if not each.is_lost and place == _place(each)]

    def pick(self, data, *places) -> Executor:
        return data.draw(st.sampled_from([each for place in places for each in self.here(place)]), label="process")

    def pick_run(self, data) -> Run:
        return data.draw(st.sampled_from(self.runs), label="run")

    def everything(self) -> list[tuple]:
        return [
            tuple(self.raw.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall())
            for table in ("flow_run", "wait", "answer", "event", "task_run", "result", "log")
        ]

    def go(self, process: Executor) -> None:
        """The process is through with its run."""
        self.processes.remove(process)
        process.end()

    # Processes

    @rule()
    @precondition(lambda self: len(self.runs) < 2)
    def a_script_calls_a_flow(self):
        process = Executor(self.path, HostKind.SCRIPT)
        run_id = new_id()
        new = runs.NewRun(
            run_id, f"run-{len(self.runs)}", "f", named("Running"), ORIGIN, b"J{}", host_id=process.host_id
        )
        process.fences.append(runs.create(process.database, new, "script"))
        process.run = Run(run_id, process.host_id)
        self.runs.append(process.run)
        self.processes.append(process)

    @rule()
    @precondition(lambda self: len(self.runs) < 2)
    def a_run_is_scheduled(self):
        run = Run(new_id(), None, state="Resuming", executions=0, is_due=True)
        new = runs.NewRun(run.id, f"run-{len(self.runs)}", "f", named("Scheduled"), ORIGIN, b"J{}")
        runs.create(self.database, new, "someone")
        runs.set_state(self.database, run.id, named("Resuming"), "someone", due_at=at_once())
        self.runs.append(run)

    @initialize(is_called=st.booleans())
    def begin(self, is_called):
        if is_called:
            self.a_script_calls_a_flow()
        else:
            self.a_run_is_scheduled()
            self.a_worker_goes_on()

    @rule(data=st.data(), key=keys, version=versions, patience=st.sampled_from((None, 60, 3600)), suspend=st.booleans())
    @only("code")
    def a_flow_asks(self, data, key, version, patience, suspend):
        process = self.pick(data, "code")
        deadline = None if patience is None else self.clock.now + patience * SECOND
        new = new_id()
        found = waits.open_wait(
            process.database, process.run.id, key=key, schema=SCHEMAS[version], initial=None, description=None,
            deadline=None if deadline is None else from_time(deadline), actor="flow", suspend=suspend, new=new,
        )  # fmt: skip
        wanted = process.run.ask(new, key, version, deadline, self.clock.now, suspend=suspend)
        if found is None or wanted is None:
            assert found is None and wanted is None  # noqa: PT018
            self.comes_to_a_boundary(process)
            return
        assert (found.id.hex, found.status.value) == (wanted.id, wanted.status)
        if wanted.status == "expired":
            self.ends(process, "Failed")
        elif wanted.answer is not None and wanted.status == "open":
            process.stands_at = wanted
        elif wanted.status == "open":
            if suspend:
                self.leaves(process)
            else:
                process.stands_at = wanted

    @rule(data=st.data(), accepts=st.booleans())
    @only("wait")
    def a_process_that_waits_looks(self, data, accepts):
        process = self.pick(data, "wait")
        run, wait = process.run, process.stands_at
        now = waits.standing(process.database, wait.id)
        if wait.status == "open" and wait.answer is not None:
            self._judges(process, wait, accepts)
        elif run.request is not None or run.state in FINAL:
            self.comes_to_a_boundary(process)
        elif wait.has_expired(self.clock.now):
            assert now.status.value == "expired"
            assert waits.expire(process.database, wait.id, "flow")
            run.expire(wait)
            self.ends(process, "Failed")

    def _judges(self, process, wait, accepts):
        if accepts:
            assert waits.accept(process.database, wait.id) is not None
            process.stands_at = None
        else:
            waits.object_to(process.database, wait.id, {("value",): "no"}, "flow")
        process.run.judge(wait, accepts)

    @rule(data=st.data())
    @only("code", "pause")
    def a_process_comes_to_a_boundary(self, data):
        self.comes_to_a_boundary(self.pick(data, "code", "pause"))

    def comes_to_a_boundary(self, process):
        run = process.run
        if run.request == "cancel":
            self.ends(process, "Cancelled")
        elif run.request in ("suspend", "unwind", "release"):
            self.leaves(process)
        elif run.request == "pause":
            requests.acknowledge_pause(process.database, run.id, "flow")
            run.acknowledge_pause()

    def leaves(self, process):
        requests.left(process.database, process.run.id, "flow")
        process.run.leave()
        if process.run.state == "Cancelling":
            self.ends(process, "Cancelled")
        else:
            self.go(process)

    @rule(data=st.data(), state=st.sampled_from(("Completed", "Failed")))
    @only("code")
    def the_code_ends(self, data, state):
        self.ends(self.pick(data, "code"), state)

    def ends(self, process, state):
        to = {"Completed": Completed, "Failed": Failed, "Cancelled": Cancelled}[state]()
        ended = runs.finish(process.database, process.run.id, to, b"J1", "flow")
        assert ended is process.run.end(state)
        if ended:
            self.go(process)
        else:
            self.comes_to_a_boundary(process)

    @rule(data=st.data())
    @only("code")
    def a_task_runs(self, data):
        process = self.pick(data, "code")
        task = new_id()
        started = self._start_task(process, task)
        assert started is (process.run.request is None)
        if not started:
            self.comes_to_a_boundary(process)
            return
        tasks.finish(
            process.database, task_run_id=task, flow_run_id=process.run.id, to=Completed(), body=b"J1", actor="flow"
        )

    def _start_task(self, process, task):
        names = {"call": task, "task_name": "t", "name": "t"}
        return tasks.start(process.database, task_run_id=task, flow_run_id=process.run.id, actor="flow", **names)

    @rule(data=st.data())
    @only("code")
    def the_code_fails_and_is_to_be_tried_again(self, data):
        process = self.pick(data, "code")
        awaits = runs.await_retry(process.database, process.run.id, "again", 2, "flow")
        assert awaits is process.run.await_retry()
        process.awaits_retry = awaits

    @rule(data=st.data())
    @only("retry")
    def the_code_is_tried_again(self, data):
        process = self.pick(data, "retry")
        again = runs.try_again(process.database, process.run.id, "again", "flow")
        assert again is process.run.try_again()
        if again:
            process.awaits_retry = False
        else:
            process.awaits_retry = process.run.request == "pause"
            self.comes_to_a_boundary(process)

    @rule(data=st.data())
    @only("code", "wait", "pause", "retry")
    def a_process_is_told_to_end(self, data):
        process = self.pick(data, "code", "wait", "pause", "retry")
        requests.interrupted(process.database, process.run.id, Crashed("Interrupted."), "flow")
        process.run.is_stopped()
        self.go(process)

    @rule(data=st.data())
    @only("code", "wait", "pause", "retry")
    def a_process_dies(self, data):
        process = self.pick(data, "code", "wait", "pause", "retry")
        process.database.close()
        self._is_recovered(process)
        self.processes.remove(process)

    @rule(data=st.data())
    @only("code", "wait", "pause", "retry")
    def a_process_is_taken_for_dead(self, data):
        process = self.pick(data, "code", "wait", "pause", "retry")
        self._is_recovered(process)
        process.is_lost = True

    def _is_recovered(self, process):
        recovery.recover(self.database, self.host(process.host_id), "someone")
        process.run.recover(is_child=process.is_child)

    @rule(data=st.data())
    @precondition(lambda self: any(each.is_lost for each in self.processes))
    def what_a_process_does_that_has_lost_its_run_is_refused(self, data):
        process = data.draw(st.sampled_from([each for each in self.processes if each.is_lost]))
        database, run_id = process.database, process.run.id
        tries = {
            "ask": lambda: waits.open_wait(
                database, run_id, key="a", schema=None, initial=None, description=None, deadline=None, actor="flow"
            ),
            "start a task": lambda: self._start_task(process, new_id()),
            "leave": lambda: requests.left(database, run_id, "flow"),
            "end": lambda: runs.finish(database, run_id, Completed(), b"J1", "flow"),
            "be interrupted": lambda: requests.interrupted(database, run_id, Crashed(), "flow"),
            "look": lambda: runs.position_of(database, run_id),
            "try again": lambda: runs.try_again(database, run_id, "again", "flow"),
        }
        if process.stands_at is not None:
            tries["take the answer"] = lambda: waits.accept(database, process.stands_at.id)
            tries["object"] = lambda: waits.object_to(database, process.stands_at.id, {("value",): "no"}, "flow")
            tries["withdraw"] = lambda: waits.withdraw_all(database, run_id, "flow")
        before = self.everything()
        tried = data.draw(st.sampled_from(sorted(tries)))
        if tried == "withdraw" and not any(each.status == "open" for each in process.run.waits):
            return
        if tried == "start a task":  # that is refused like one that something was asked before
            assert tries[tried]() is False
        else:
            with pytest.raises(LostUnwind):
                tries[tried]()
        assert self.everything() == before

    # Workers

    @rule()
    @precondition(lambda self: any(each.is_due for each in self.runs))
    def a_worker_claims_what_is_due(self):
        due = [each for each in self.runs if each.state in ("Scheduled", "AwaitingRetry", "Resuming") and each.is_due]
        found = claims.claim(self.database, self.worker, 10, "worker")
        assert {each.hex for each in found} == {each.id for each in due}
        for each in due:
            each.claim(self.worker)

    @rule()
    @precondition(lambda self: any(each.is_due for each in self.runs))
    def a_worker_goes_on(self):
        self.a_worker_claims_what_is_due()
        for each in self.runs:
            if each.state == "Pending":
                self._start(each)

    @rule(data=st.data())
    @precondition(lambda self: any(each.state == "Pending" for each in self.runs))
    def a_worker_starts_a_process(self, data):
        self._start(data.draw(st.sampled_from([each for each in self.runs if each.state == "Pending"])))

    def _start(self, run):
        process = Executor(self.path, HostKind.CHILD, run.id)
        process.run = run
        runs.enter(process.database, run.id, process.host_id, "child")
        run.begin(process.host_id)
        self.processes.append(process)

    @rule(data=st.data())
    @precondition(lambda self: any(each.state == "Pending" for each in self.runs))
    def a_worker_dies_before_its_process_has_begun(self, data):
        pending = [each for each in self.runs if each.state == "Pending"]
        late = Executor(self.path, HostKind.CHILD, pending[0].id)
        recovery.recover(self.database, self.host(self.worker), "someone")
        for each in pending:
            each.recover(is_child=False)
        with pytest.raises(NotClaimed):
            runs.enter(late.database, pending[0].id, late.host_id, "child")
        late.end()

    @rule(data=st.data())
    @precondition(lambda self: any(each.is_child and not each.is_lost for each in self.processes))
    def a_worker_that_stops_tells_its_processes_to_leave(self, data):
        process = data.draw(st.sampled_from([each for each in self.processes if each.is_child and not each.is_lost]))
        requests.release(self.database, process.run.id, "worker")
        process.run.release()

    # People

    @rule(data=st.data(), answer=answers)
    @precondition(lambda self: any(each.waits for each in self.runs))
    def somebody_answers(self, data, answer):
        run, wait = data.draw(st.sampled_from([(run, wait) for run in self.runs for wait in run.waits]), label="wait")
        self._try(
            lambda: waits.give_answer(self.database, wait.id, answer, "ana", "tui"),
            lambda: run.give(wait, answer, self.clock.now),
        )

    @rule(data=st.data(), request=st.sampled_from(("pause", "suspend", "cancel")))
    def somebody_asks(self, data, request):
        run = self.pick_run(data)
        self._try(
            lambda: requests.ask(self.database, run.id, Request(request), "ana", "tui"),
            lambda: run.ask_from_outside(request),
        )

    @rule(data=st.data())
    def somebody_lets_it_go_on(self, data):
        run = self.pick_run(data)
        if not any(each.status == "open" for each in run.waits) or run.state != "Suspended":
            self._try(lambda: requests.take_back(self.database, run.id, "ana"), run.take_back)

    @rule(data=st.data())
    @precondition(lambda self: any(each.state in FINAL for each in self.runs))
    def somebody_retries(self, data):
        run = self.pick_run(data)
        self._try(lambda: recovery.retry(self.database, run.id, "ana"), run.retry)

    def _try(self, do, rule_of):
        before = self.everything()
        refused = None
        try:
            do()
        except HoldfastError as error:
            refused = error
        try:
            rule_of()
        except Refused as wanted:
            assert type(refused).__name__ == str(wanted)  # noqa: PT017
            assert self.everything() == before
        else:
            if refused is not None:
                raise refused

    # Time

    @rule(seconds=st.sampled_from((61, 3601, -7200)))
    @precondition(lambda self: any(each.waits for each in self.runs))
    def the_clock_moves(self, seconds):
        self.clock.now += seconds * SECOND

    @rule()
    @precondition(lambda self: any(each.state == "Suspended" for each in self.runs))
    def somebody_looks_what_has_expired(self):
        waits.expire_due(self.database, "someone")
        for each in self.runs:
            each.expire_due(self.clock.now)

    # What is true after every step

    @invariant()
    def every_run_is_as_the_rules_say(self):
        for run in self.runs:
            found = self.raw.execute(
                "SELECT state_name, request, executions, recoveries, host_id, due_at IS NOT NULL"
                " FROM flow_run WHERE id = ?",
                (run.id,),
            ).fetchone()
            assert found == (run.state, run.request, run.executions, run.recoveries, run.host, run.is_due)
            stored = {
                wait: (key, status, value, verdict == "accepted")
                for wait, key, status, value, verdict in self.raw.execute(
                    "SELECT w.id, w.key, w.status, a.value, a.verdict FROM wait w LEFT JOIN answer a"
                    " ON a.wait_id = w.id AND a.verdict != 'refused' WHERE w.flow_run_id = ?",
                    (run.id,),
                )
            }
            assert {key: (a, b, None if c is None else int(c), d) for key, (a, b, c, d) in stored.items()} == {
                each.id: each.seen() for each in run.waits
            }

    @invariant()
    def the_states_of_a_run_follow_each_other_in_its_history(self):
        self.check_histories({each.id: each.state for each in self.runs})

    @invariant()
    def the_history_of_every_question_explains_what_it_is(self):
        live: Counter[tuple[str, str]] = Counter()
        decided: Counter[tuple[str, str]] = Counter()
        for run_id, kind, detail in self.raw.execute(
            "SELECT flow_run_id, kind, detail FROM event WHERE detail IS NOT NULL AND task_run_id IS NULL"
        ):
            which = run_id, detail.split(" ")[0]
            live[which] += (kind in ("opened", "revived")) - (kind in ("expired", "withdrawn", "superseded"))
            decided[which] += kind == "decided"
        for run in self.runs:
            for key in "ab":
                of_key = [each for each in run.waits if each.key == key]
                assert live[run.id, key] == sum(each.status in ("open", "decided") for each in of_key)
                assert decided[run.id, key] == sum(each.accepted for each in of_key)
                assert sum(each.status == "open" for each in of_key) <= 1

    @invariant()
    def what_was_answered_and_can_go_on_does(self):
        for run in self.runs:
            if run.state == "Suspended":
                taken_up = [w for w in run.waits if w.status == "open" and w.asked_in == run.executions]
                assert not [each for each in taken_up if each.answer is not None]

    @invariant()
    def who_has_a_run_is_one_process_or_none(self):
        for run in self.runs:
            owners = [each for each in self.processes if each.run is run and not each.is_lost]
            assert len(owners) == (run.host is not None and run.state != "Pending")


def _place(process: Executor) -> str:
    if process.awaits_retry:
        return "retry"
    if process.stands_at is not None:
        return "wait"
    return "pause" if process.run.state == "Paused" else "code"


@pytest.mark.slow
def test_the_store_does_what_the_plain_rules_say():
    run_state_machine_as_test(
        Runs,
        settings=settings(
            max_examples=60, stateful_step_count=40, deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )  # fmt: skip
