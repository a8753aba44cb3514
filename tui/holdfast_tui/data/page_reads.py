"""Reads for the pages of runs and tasks. A part of `holdfast_tui.data.store.Store`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from holdfast import as_json
from holdfast.engine import everything, results
from holdfast.engine.preview import Preview, preview
from holdfast.records import FlowRun, Wait, WaitStatus
from holdfast.store import deployments, queries, steps
from holdfast.store.database import Database
from holdfast.store.steps import Step, StepKind
from holdfast.text import clean, clean_block
from holdfast.values.masks import mask
from holdfast_tui.data.page_records import (
    Child,
    RunDetails,
    StepPage,
    StepRow,
    StepWant,
    TaskDetails,
    Values,
)
from holdfast_tui.data.run_reads import RunReads
from holdfast_tui.text import sanitize
from holdfast_tui.text.cells import as_lines

_CHILDREN = 1_000
"""The maximum number of child runs that are shown."""
_SHOWN = 100_000
"""The maximum number of bytes of a stored value that are shown."""


class PageReads:
    """Reads for the pages of runs and tasks."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._runs = RunReads(database)

    def run(self, run_id: UUID, after_event: int) -> RunDetails:
        """Return the data of a run's page, with only the new events."""
        run = self._runs.get(run_id)
        return RunDetails(
            run,
            None if run.parent_id is None else self._runs.get(run.parent_id).name,
            self._parameters(run),
            self._result(run_id) if run.state.is_final() else None,
            self._waits(run_id),
            list(self._children(run_id)),
            [sanitize.event(each) for each in queries.get_events(self._database, run_id, after=after_event)],
        )

    def _waits(self, run_id: UUID) -> list[Wait]:
        """Return the run's questions, the messages that it waits for, and open questions of its child runs.

        Open ones come first. Their answers contain no secrets.
        """
        found = [sanitize.wait(each) for each in queries.get_waits(self._database, run_id)]
        found += [sanitize.wait(each) for each in queries.get_listeners(self._database, run_id)]
        found += [sanitize.wait(each) for each in queries.waits_below(self._database, run_id)]
        return sorted(found, key=lambda each: each.status is not WaitStatus.OPEN)

    def _children(self, run_id: UUID) -> Iterator[Child]:
        pending = [Child(0, each) for each in reversed(queries.get_children(self._database, run_id))]
        for _ in range(_CHILDREN):
            if not pending:
                return
            found = pending.pop()
            yield Child(found.depth, sanitize.flow_run(found.run))
            below = queries.get_children(self._database, found.run.id)
            pending += [Child(found.depth + 1, each) for each in reversed(below)]

    def _parameters(self, run: FlowRun) -> Sequence[str]:
        body = queries.get_parameters(self._database, run.id)
        if not body:
            return []
        deployment = None if run.deployment_id is None else deployments.get(self._database, run.deployment_id)
        schema = None if deployment is None else deployment.parameter_schema
        try:
            return as_lines(mask(schema, results.show(body)))
        except (ValueError, KeyError) as error:
            return as_lines(f"Cannot be shown: {error}")

    def _result(self, run_id: UUID) -> Values | None:
        """Return the result or error of a run or task; ``None`` if nothing is stored."""
        body = queries.get_result(self._database, run_id)
        if body is None:
            return None
        if len(body) > _SHOWN:
            start = body[5 if body[:1] != b"J" else 1 : _SHOWN].decode("utf-8", "replace")
            left = f"… cut: it has {len(body):,} bytes. E exports all of it."
            return Values([*_block(start), left], is_error=results.is_error(body))
        try:
            shown = results.show(body)
        except ValueError as error:
            return Values([f"Cannot be shown: {error}"], is_error=False)
        lines = _block(shown) if isinstance(shown, str) and body[:1] != b"J" else as_lines(shown)
        return Values(lines, is_error=results.is_error(body))

    def steps(self, run_id: UUID, want: StepWant) -> StepPage:
        """Return the wanted steps. Near the end of the list, the window moves up so that it stays full."""
        states = steps.count_task_states(self._database, run_id)
        total = sum(states.values()) + steps.count_other_steps(self._database, run_id)
        if want.failed_only:
            total = sum(number for type_, number in states.items() if type_.value in ("FAILED", "CRASHED"))
        first = max(0, total - want.size) if want.from_end else max(0, min(want.first, total - want.size))
        found = steps.list_steps(
            self._database, run_id, first=first, limit=want.size, total=total, failed_only=want.failed_only
        )
        return StepPage(first, self._step_rows(run_id, found, failed_only=want.failed_only), total, states)

    def _step_rows(self, run_id: UUID, found: Sequence[Step], *, failed_only: bool) -> list[StepRow]:
        kinds = {each.kind for each in found}
        rows: dict[UUID, StepRow] = {}
        if StepKind.TASK in kinds:
            ids = [each.id for each in found if each.kind is StepKind.TASK]
            attempts = steps.attempts_between(self._database, run_id, ids[0], ids[-1])
            for task in steps.tasks_between(self._database, run_id, ids[0], ids[-1], failed_only=failed_only):
                rows[task.id] = StepRow(task.id, task=sanitize.task_run(task), attempts=attempts.get(task.id, ()))
        if StepKind.WAIT in kinds:
            waits = [*queries.get_waits(self._database, run_id), *queries.get_listeners(self._database, run_id)]
            rows |= {each.id: StepRow(each.id, wait=sanitize.wait(each)) for each in waits}
        if StepKind.CHILD in kinds:
            children = queries.get_children(self._database, run_id)
            rows |= {each.id: StepRow(each.id, child=sanitize.flow_run(each)) for each in children}
        return [rows[each.id] for each in found if each.id in rows]

    def task(self, flow_run_id: UUID, task_run_id: UUID) -> TaskDetails:
        """Return the data of a task's page."""
        task = sanitize.task_run(queries.get_task_run(self._database, flow_run_id, task_run_id))
        inputs = steps.get_task_inputs(self._database, flow_run_id, task_run_id)
        attempts = steps.attempts_between(self._database, flow_run_id, task_run_id, task_run_id).get(task_run_id, ())
        return TaskDetails(
            self._runs.get(flow_run_id),
            task,
            [sanitize.event(each) for each in attempts],
            None if inputs is None else {clean(name): clean(text) for name, text in inputs.items()},
            self._result(task_run_id),
        )

    def what_if(self, run_id: UUID) -> Preview:
        """Return what would happen if the run continued."""
        found = preview(self._database, queries.get_flow_run(self._database, run_id))
        decided, open_, again = ([sanitize.wait(each) for each in kind] for kind in _asked(found))
        return replace(found, decided=decided, open=open_, asked_again=again)

    def run_as_json(self, run_id: UUID) -> str:
        """Return all data of a run as JSON."""
        return as_json.dump(
            as_json.everything(everything.gather(self._database, queries.get_flow_run(self._database, run_id)))
        )

    def task_as_json(self, flow_run_id: UUID, task_run_id: UUID) -> str:
        """Return all data of a task call as JSON."""
        return as_json.dump(
            as_json.everything_of_task(everything.gather_task(self._database, flow_run_id, task_run_id))
        )


def _block(text: str) -> list[str]:
    return clean_block(text).rstrip("\n").split("\n")


def _asked(of: Preview) -> tuple[Sequence[Wait], ...]:
    return of.decided, of.open, of.asked_again
