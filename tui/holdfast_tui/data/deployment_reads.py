"""Reads of deployments and processes, and actions on deployments. A part of `holdfast_tui.data.store.Store`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast import schedules, settings
from holdfast.engine import deployment_actions as engine
from holdfast.engine import liveness as processes
from holdfast.engine import results
from holdfast.engine.drive.effects import drive
from holdfast.exceptions import HoldfastError
from holdfast.records import Deployment, FlowRun, Host, HostKind
from holdfast.store import deployments as rows
from holdfast.store import hosts, queries, runs_beside
from holdfast.store.database import Database
from holdfast.text import clean
from holdfast.values.masks import mask
from holdfast_tui.data.deployment_rows import AHEAD, DeploymentDetails, DeploymentRow, HostRow, Start
from holdfast_tui.text import sanitize
from holdfast_tui.text.cells import as_lines


class DeploymentReads:
    """Reads of deployments and of processes that execute runs, and actions on deployments."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_all(self) -> list[DeploymentRow]:
        """Return all deployments, by flow and name."""
        newest, taken = runs_beside.newest_runs(self._database), runs_beside.slots_taken(self._database)
        found: list[DeploymentRow] = []
        for each in rows.list_all(self._database):
            last = newest.get(each.id)
            run = None if last is None else sanitize.flow_run(last)
            found.append(DeploymentRow(sanitize.deployment(each), taken.get(each.id, 0), run))
        return found

    def find(self, name: str) -> Deployment:
        """Return the deployment of a name. Raises `DeploymentNotFound`."""
        return sanitize.deployment(rows.find(self._database, name))

    def details(self, deployment_id: UUID, now: datetime) -> DeploymentDetails:
        """Return all data of a deployment's page. Raises `DeploymentNotFound`."""
        found = rows.find(self._database, deployment_id)
        entrypoint, folder = runs_beside.code_of_deployment(self._database, deployment_id)
        return DeploymentDetails(
            DeploymentRow(sanitize.deployment(found), runs_beside.slots_taken(self._database).get(found.id, 0), None),
            () if found.paused else tuple(_coming(found, now)),
            as_lines(mask(found.parameter_schema or {}, self._defaults(found))),
            clean(entrypoint),
            clean(folder),
            [sanitize.flow_run(each) for each in runs_beside.runs_of_deployment(self._database, found.id)],
        )

    def _defaults(self, of: Deployment) -> dict[str, Any]:
        return results.exact_parts(rows.get_parameters(self._database, of.id))[0]

    def start_form(self, deployment_id: UUID) -> Start:
        """Return the data of the form for a new run. Raises `DeploymentNotFound`."""
        found = rows.find(self._database, deployment_id)
        return Start(sanitize.deployment(found), found.parameter_schema, self._defaults(found), self.has_worker())

    def start_form_like(self, run_id: UUID) -> Start:
        """Return the data of the form for a run like another one. Raises `NotDeployedError`."""
        run = queries.get_flow_run(self._database, run_id)
        found = engine.like(self._database, run)
        start = self.start_form(found.deployment.id)
        return replace(start, defaults=found.parameters, like=clean(run.name), left_out=[*map(clean, found.left_out)])

    def start(self, deployment_id: UUID, values: Mapping[str, Any]) -> FlowRun:
        """Start a run of a deployment. Raises `ParameterError` or `DeploymentNotFound`."""
        return sanitize.flow_run(drive(engine.starting(self._database, deployment_id, engine.Start(values))))

    def has_worker(self) -> bool:
        """Whether a worker is running."""
        return any(map(processes.is_alive, hosts.workers(self._database)))

    def set_paused(self, deployment_id: UUID, paused: bool) -> Deployment:
        """Pause or resume the schedules of a deployment. Raises `DeploymentNotFound`."""
        found = rows.find(self._database, deployment_id)
        return sanitize.deployment(rows.set_paused(self._database, found.id, paused))

    def delete(self, deployment_id: UUID) -> int:
        """Delete a deployment, and return the number of cancelled runs. Raises `DeploymentNotFound`."""
        return rows.delete(self._database, deployment_id, settings.user())

    def hosts(self) -> list[HostRow]:
        """Return workers and other processes with runs, each with the runs that it executes; dead ones come last.

        A process that a worker has started for a run is shown as a slot of that worker, while the worker exists.
        """
        held = runs_beside.runs_by_host(self._database)
        found = hosts.list_all(self._database)
        workers = {each.id: list(held.get(each.id, ())) for each in found if each.kind is HostKind.WORKER}
        shown: list[Host] = []
        for each in found:
            if each.worker_id is not None and each.worker_id in workers:
                workers[each.worker_id] += held.get(each.id, ())
            elif each.kind is HostKind.WORKER or each.id in held:
                shown.append(each)
        listed = [
            HostRow(
                sanitize.host(each),
                processes.is_alive(each),
                processes.is_here(each),
                _shown(workers.get(each.id, held.get(each.id, ()))),
            )
            for each in shown
        ]
        return sorted(listed, key=lambda each: (not each.alive, each.host.kind is not HostKind.WORKER))


def _coming(of: Deployment, now: datetime) -> list[datetime]:
    try:
        return schedules.next_of(of.schedules, now, AHEAD)
    except HoldfastError:
        return []  # Invalid here, such as an unknown time zone. When it is due, it is paused with this reason.


def _shown(runs: Sequence[FlowRun]) -> Sequence[FlowRun]:
    return [sanitize.flow_run(each) for each in sorted(runs, key=lambda each: each.id)]
