"""Hosts: the processes that execute runs, and the workers that start such processes.

Each has a lease, which it renews while it is alive; this is how processes in other places know about it. A row is
deleted only when no run names it.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Integer, and_, bindparam, delete, func, insert, or_, select, update

from holdfast.records import Host, HostKind
from holdfast.store.database import Database
from holdfast.store.ids import from_id, from_id_or_none, from_time, new_id, now, to_time
from holdfast.store.rows import columns_of
from holdfast.store.statement import Statement, constant
from holdfast.store.tables import flow_run, host

LEASE = 60_000_000
"""How long after its last renewal a process counts as alive, in microseconds.

It is three times `RENEWAL`: the clocks of two containers may differ by that much, and a disk may be slow for that long.
"""
RENEWAL = 20.0
"""Seconds between two renewals of a process's lease."""
_REMEMBERED = 3_600_000_000
"""How long after its lease a worker, or a process in another place, is still known, in microseconds."""

_H = host.c
# Processes of versions without leases for scripts never renewed one.
_lease_end = func.coalesce(_H.lease_until, _H.registered_at + LEASE)
_INSERT = Statement(insert(host).values({name: bindparam(name) for name in host.c.keys()}))  # noqa: SIM118


def _to_host(
    id_: str,
    kind: str,
    pid: int,
    process_start: str,
    hostname: str,
    slots: int,
    registered_at: int,
    lease_end: int,
    place: str | None,
    worker_id: str | None,
) -> Host:
    return Host(
        id=from_id(id_),
        kind=HostKind(kind),
        pid=pid,
        process_start=process_start,
        hostname=hostname,
        slots=slots,
        registered=from_time(registered_at),
        lease_until=from_time(lease_end),
        place=place,
        worker_id=from_id_or_none(worker_id),
    )


_COLUMNS = columns_of(_to_host, host, lease_end=_lease_end)
_HOLDING = Statement(
    select(*_COLUMNS).where(_H.id.in_(select(flow_run.c.host_id).where(flow_run.c.host_id.is_not(None)).distinct()))
)
_IDLE = Statement(
    select(*_COLUMNS)
    .where(
        and_(
            or_(
                and_(_H.kind != constant("worker"), _H.process_start.startswith(bindparam("here"))),
                _lease_end < bindparam("before", type_=Integer),
            ),
            ~select(flow_run.c.id).where(flow_run.c.host_id == _H.id).exists(),
        )
    )
    .order_by(_H.id)
    .limit(bindparam("limit"))
)
_OF_RUN = Statement(
    select(*_COLUMNS)
    .select_from(host.join(flow_run, flow_run.c.host_id == _H.id))
    .where(flow_run.c.id == bindparam("run_id"))
)
_CLAIMED_BY = Statement(select(flow_run.c.host_id).where(flow_run.c.id == bindparam("run_id")))
_ALL = Statement(select(*_COLUMNS).order_by(_H.id).limit(bindparam("limit")))
_WORKERS = Statement(select(*_COLUMNS).where(_H.kind == constant("worker")).order_by(_H.id))
_RENEW = Statement(update(host).where(_H.id == bindparam("host")).values(lease_until=bindparam("until")))
_IS_UNUSED = ~select(flow_run.c.id).where(flow_run.c.host_id == _H.id).exists()
_DELETE = Statement(delete(host).where(and_(_H.id == bindparam("host"), _IS_UNUSED)))
_FORGET = Statement(
    delete(host).where(and_(_H.id == bindparam("host"), _lease_end <= bindparam("until", type_=Integer), _IS_UNUSED))
)


def register(
    database: Database,
    kind: HostKind,
    *,
    pid: int,
    process_start: str,
    hostname: str,
    slots: int = 1,
    place: str | None = None,
    run_id: UUID | None = None,
) -> str:
    """Record a process that is going to execute runs, and return its id.

    A child names the run that its worker has claimed for it.
    """
    host_id = new_id()
    with database.write() as connection:
        (worker_id,) = (
            (None,) if run_id is None else _CLAIMED_BY.run(connection, run_id=run_id.hex).fetchone() or (None,)
        )
        _INSERT.run(
            connection,
            id=host_id,
            kind=kind.value,
            pid=pid,
            process_start=process_start,
            hostname=hostname,
            slots=slots,
            registered_at=now(),
            lease_until=now() + LEASE,
            place=place,
            worker_id=worker_id,
        )
    return host_id


def renew(database: Database, host_id: str) -> bool:
    """Renew a host's lease for `LEASE`. Return ``False`` if the host was removed."""
    with database.write(durable=False) as connection:
        return bool(_RENEW.run(connection, host=host_id, until=now() + LEASE).rowcount)


def remove(database: Database, host_id: str) -> None:
    """Remove a host that has ended, unless runs are still recorded as executing in it."""
    with database.write() as connection:
        _DELETE.run(connection, host=host_id)


def forget(database: Database, found: Host) -> None:
    """Remove a host that was found dead, unless it has renewed its lease since, or runs are recorded as its own."""
    with database.write() as connection:
        _FORGET.run(connection, host=found.id.hex, until=to_time(found.lease_until))


def holding_runs(database: Database) -> list[Host]:
    """Return the hosts in which runs are recorded as executing."""
    return [_to_host(*row) for row in database.rows(_HOLDING)]


def idle(database: Database, here: str, limit: int = 1_000) -> list[Host]:
    """Return some hosts in which no run is recorded as executing, to be removed if they are dead.

    They are scripts and the like whose ``process_start`` begins with ``here``, and workers and processes in other
    places that have not renewed their lease for long.
    """
    rows = database.rows(_IDLE, here=here, before=now() - _REMEMBERED, limit=limit)
    return [_to_host(*row) for row in rows]


def list_all(database: Database, limit: int = 1_000) -> list[Host]:
    """Return all hosts that have not been removed, including dead ones, oldest first."""
    return [_to_host(*row) for row in database.rows(_ALL, limit=limit)]


def of_run(database: Database, run_id: UUID) -> Host | None:
    """Return the process in which a run is executing."""
    rows = database.rows(_OF_RUN, run_id=run_id.hex)
    return _to_host(*rows[0]) if rows else None


def workers(database: Database) -> list[Host]:
    """Return the workers that have not been removed, including dead ones."""
    return [_to_host(*row) for row in database.rows(_WORKERS)]
