"""The runs shown next to deployments and hosts, all of them in one statement."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import and_, bindparam, func, select

from holdfast.records import FlowRun
from holdfast.store.database import Database
from holdfast.store.rows import FLOW_RUN_COLUMNS, to_flow_run
from holdfast.store.statement import Statement
from holdfast.store.tables import deployment, flow_run

_D, _R = deployment.c, flow_run.c
_of_it = flow_run.alias("of_it")
_NEWEST_ID = (
    select(func.max(_of_it.c.id)).where(_of_it.c.deployment_id == _D.id).correlate(deployment).scalar_subquery()
)
_NEWEST = Statement(select(*FLOW_RUN_COLUMNS).where(_R.id.in_(select(_NEWEST_ID).select_from(deployment))))
_TAKEN = Statement(
    select(_R.deployment_id, func.count())
    .where(and_(_R.deployment_id.is_not(None), _R.host_id.is_not(None)))
    .group_by(_R.deployment_id)
)
_OF_DEPLOYMENT = Statement(
    select(*FLOW_RUN_COLUMNS)
    .where(_R.deployment_id == bindparam("deployment"))
    .order_by(_R.id.desc())
    .limit(bindparam("limit"))
)
_ORIGIN = Statement(select(_D.entrypoint, _D.working_directory).where(_D.id == bindparam("deployment")))
_EXECUTING = Statement(
    select(_R.host_id, *FLOW_RUN_COLUMNS)
    .where(and_(_R.host_id.is_not(None), _R.parent_id.is_(None)))
    .order_by(_R.id)
    .limit(bindparam("limit"))
)


def newest_runs(database: Database) -> dict[UUID, FlowRun]:
    """Return the newest run of each deployment that has one."""
    runs = [to_flow_run(*row) for row in database.rows(_NEWEST)]
    return {each.deployment_id: each for each in runs if each.deployment_id is not None}


def slots_taken(database: Database) -> dict[UUID, int]:
    """Return how many runs of each deployment have a process. Deployments without any are missing."""
    return {UUID(deployment_id): count for deployment_id, count in database.rows(_TAKEN)}


def runs_of_deployment(database: Database, deployment_id: UUID, limit: int = 100) -> list[FlowRun]:
    """Return the newest runs of a deployment, newest first."""
    return [to_flow_run(*row) for row in database.rows(_OF_DEPLOYMENT, deployment=deployment_id.hex, limit=limit)]


def code_of_deployment(database: Database, deployment_id: UUID) -> tuple[str, str]:
    """Return where a deployment's flow is, and the folder in which it runs."""
    ((entrypoint, folder),) = database.rows(_ORIGIN, deployment=deployment_id.hex)
    return entrypoint, folder


def runs_by_host(database: Database, limit: int = 1_000) -> dict[UUID, list[FlowRun]]:
    """Return the runs that have a process, by host. Child runs are in the process of their parent."""
    found: dict[UUID, list[FlowRun]] = {}
    for host_id, *row in database.rows(_EXECUTING, limit=limit):
        found.setdefault(UUID(host_id), []).append(to_flow_run(*row))
    return found
