"""From a filter to conditions on the rows of runs, written so that an index leads to them.

A plan has *branches*, and no run is in two of them. Each branch is a walk over an index in the order of ids, and they
are merged as they are read. Conditions without an index are checked on the rows that the walks reach.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, not_, or_, select

from holdfast.filters import Key, RunFilter, Term
from holdfast.states import NAMES, StateType
from holdfast.store.database import Database
from holdfast.store.expressions import Holds, IsLike
from holdfast.store.ids import now, to_time
from holdfast.store.statement import Statement
from holdfast.store.tables import deployment, flow_run

Condition = ColumnElement[bool]
_R = flow_run.c

_BRANCHES = 16
"""The maximum number of walks that are merged. With more, the conditions are checked on the rows."""
_PROBE = 5_000
"""Up to this many runs in the required states, the states lead to the runs, not the flows."""
_SLACK = timedelta(hours=1)
"""A run's id is made at most this much earlier than its row, which may have to wait for the write lock in between."""
_NAMES = 1_000
"""Flows are known by name if there are at most this many."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the runs that fit a filter are found."""

    branches: Sequence[Sequence[Condition]]
    common: Sequence[Condition]
    """Conditions on the ids, which every index has."""
    rest: Sequence[Condition]
    """Conditions that only the rows can check."""

    @property
    def is_exact(self) -> bool:
        """Whether everything that the walks reach fits, so that indexes alone give pages, positions and counts."""
        return not self.rest

    @property
    def anywhere(self) -> list[Condition]:
        """Return all conditions as one set."""
        if not self.branches:
            return [false()]
        led = [and_(*each) for each in self.branches if each]
        return [*([or_(*led)] if led else []), *self.common, *self.rest]


def plan(database: Database, where: RunFilter) -> Plan:
    """Return how the runs that fit ``where`` are found in this database."""
    return _Planner(database, where).plan()


class _Planner:
    def __init__(self, database: Database, where: RunFilter) -> None:
        self._database = database
        self._where = where
        self._at = now() if where.now is None else to_time(where.now)
        self._common: list[Condition] = []
        self._rest: list[Condition] = []
        self._leads: dict[str, tuple[ColumnElement[Any], Sequence[str]]] = {}
        """Candidates to lead to the runs: a column, and its required values."""
        self._top = False

    def plan(self) -> Plan:
        self._fields()
        for term in self._where.terms:
            self._term(term)
        lead = self._lead()
        self._rest += [column.in_(wanted) for name, (column, wanted) in self._leads.items() if name != lead]
        branches: list[list[Condition]] = [[_AT_TOP]] if self._top else [[]]
        if lead is not None:
            column, wanted = self._leads[lead]
            branches = [[column == each] for each in wanted]
            self._rest += [_AT_TOP] if self._top else []
        return Plan(branches, self._common, self._rest)

    def _lead(self) -> str | None:
        leads = [name for name, (_, wanted) in self._leads.items() if len(wanted) <= _BRANCHES]
        if "flow" in leads and "state" in leads and not {"parent", "deployment"} & set(leads):
            return "state" if self._are_few(*self._leads["state"]) else "flow"
        return next((name for name in ("parent", "deployment", "flow", "state") if name in leads), None)

    def _are_few(self, column: ColumnElement[Any], wanted: Iterable[str]) -> bool:
        few = (select(column).where(column == each).limit(_PROBE).subquery() for each in wanted)
        found = (self._database.rows(Statement(select(func.count()).select_from(each))) for each in few)
        return sum(int(count) for ((count,),) in found) < _PROBE

    def _led(self, name: str, column: ColumnElement[Any], wanted: Sequence[str]) -> None:
        """Make values of a column a candidate, or check them on the rows if there is a candidate of that kind."""
        if name in self._leads:
            self._rest.append(column.in_(wanted))
        else:
            self._leads[name] = column, wanted

    # Fields given by programs.

    def _fields(self) -> None:
        where = self._where
        if where.parent_id is not None:
            self._led("parent", _R.parent_id, [where.parent_id.hex])
        if where.states:
            self._states(where.states)
        if where.flow_name:
            self._led("flow", _R.flow_name, [where.flow_name])
        if where.deployment_id is not None:
            self._led("deployment", _R.deployment_id, [where.deployment_id.hex])
        self._rest += [Holds(_R.tags, tag) for tag in sorted(where.tags)]
        if where.created_after is not None:
            self._common.append(_R.id >= first_id(where.created_after - _SLACK))
            self._rest.append(_R.created_at > to_time(where.created_after))
        if where.created_before is not None:
            self._common.append(_R.id < first_id(where.created_before + _SLACK))
            self._rest.append(_R.created_at < to_time(where.created_before))
        if where.text:
            self._rest.append(_named(f"%{_escaped(where.text)}%"))

    # Terms typed by people.

    def _term(self, term: Term) -> None:
        if term.key is Key.AGE:
            return self._common.append(self._age(term))
        if not term.inverse:
            match term.key:
                case Key.STATE:
                    return self._states(term.values)
                case Key.FLOW if (names := self._flows(term.values)) is not None:
                    return self._led("flow", _R.flow_name, names)
                case Key.DEPLOYMENT:
                    return self._led("deployment", _R.deployment_id, self._deployments(term))
                case Key.ID:
                    return self._common.append(_condition(term, self._at))
                case Key.IS if set(term.values) == {"top"}:
                    self._top = True
                    return None
                case _:
                    pass  # no index has it
        condition = self._condition(term)
        return self._rest.append(not_(condition) if term.inverse else condition)

    def _states(self, given: Iterable[str]) -> None:
        types, names = _types_and_names(given)
        # Use their types too, since the index is by type.
        self._led("state", _R.state_type, sorted(types | {NAMES[name].value for name in names}))
        if names:
            self._rest.append(or_(_R.state_type.in_(sorted(types)), _R.state_name.in_(sorted(names))))

    def _age(self, term: Term) -> Condition:
        moment = self._at - term.span // timedelta(microseconds=1)
        bound = f"{max(0, moment // 1000):012x}".ljust(32, "0")
        older: Condition = _R.id < bound
        return older if term.longer is not term.inverse else _R.id >= bound

    def _condition(self, term: Term) -> Condition:
        if term.key is Key.FLOW:
            names = self._flows(term.values)
            if names is not None:
                return or_(_R.flow_name.in_(names))
            return or_(*(IsLike(_R.flow_name, _escaped(each).replace("*", "%")) for each in term.values))
        if term.key is Key.DEPLOYMENT:
            return and_(_R.deployment_id.is_not(None), _R.deployment_id.in_(self._deployments(term)))
        return _condition(term, self._at)

    def _flows(self, patterns: Sequence[str]) -> list[str] | None:
        """Return the flows that fit; ``None`` if there are too many to know."""
        if self._all_flows is None:
            return None
        return [name for name in self._all_flows if _fits(name, patterns)]

    @cached_property
    def _all_flows(self) -> list[str] | None:
        names = flow_names(self._database, _NAMES + 1)
        return names if len(names) <= _NAMES else None

    def _deployments(self, term: Term) -> list[str]:
        rows = self._database.rows(_DEPLOYMENTS)
        return [id_ for id_, flow, name in rows if _fits(name, term.values) or _fits(f"{flow}/{name}", term.values)]


_AT_TOP = and_(_R.parent_id.is_(None), _R.caller_id.is_(None))
_DEPLOYMENTS = Statement(select(deployment.c.id, deployment.c.flow_name, deployment.c.name))
_FIRST_NAME = select(func.min(_R.flow_name).label("name")).cte("flow_names", recursive=True)
_NEXT_NAME = select(func.min(_R.flow_name)).where(_R.flow_name > _FIRST_NAME.c.name).scalar_subquery()
_FLOW_NAMES = _FIRST_NAME.union_all(select(_NEXT_NAME).where(_FIRST_NAME.c.name.is_not(None)))


def flow_names(database: Database, limit: int) -> list[str]:
    """Return the names of the flows that have run, from A to Z: a step over an index for each."""
    query = select(_FLOW_NAMES.c.name).where(_FLOW_NAMES.c.name.is_not(None)).limit(limit)
    return [name for (name,) in database.rows(Statement(query))]


def first_id(moment: datetime) -> str:
    """Return a value that sorts before every id made from then on."""
    milliseconds = max(0, to_time(moment.astimezone(UTC)) // 1000)
    return f"{milliseconds:012x}".ljust(32, "0")


def _types_and_names(given: Iterable[str]) -> tuple[set[str], set[str]]:
    """Return types, and names of other types, in the table's spelling."""
    wanted = {each.lower() for each in given}
    types = {each.value for each in StateType if each.value.lower() in wanted}
    return types, {name for name, of in NAMES.items() if name.lower() in wanted and of.value not in types}


def _condition(term: Term, at: int) -> Condition:
    """Return the condition of a term on a run's row, negated or not; never NULL."""
    match term.key:
        case Key.TEXT:
            return _named(f"%{_escaped(term.values[0])}%")
        case Key.FUZZY:
            return _named("%" + "%".join(map(_escaped, term.values[0])) + "%")
        case Key.STATE:
            types, names = _types_and_names(term.values)
            return or_(_R.state_type.in_(sorted(types)), _R.state_name.in_(sorted(names)))
        case Key.TAG:
            return and_(_R.tags.is_not(None), or_(*map(_tagged, term.values)))
        case Key.ID:
            return or_(*(and_(_R.id >= each.ljust(32, "0"), _R.id <= each.ljust(32, "f")) for each in term.values))
        case Key.IS:
            kinds = {"top": _AT_TOP, "child": or_(_R.parent_id.is_not(None), _R.caller_id.is_not(None))}
            return or_(*(kinds[each] for each in set(term.values)))
        case _:
            taken = func.coalesce(_R.ended_at, at) - _R.started_at
            span = term.span // timedelta(microseconds=1)
            return and_(_R.started_at.is_not(None), taken > span if term.longer else taken < span)


def _tagged(tag: str) -> Condition:
    """Whether a tag is in a run's list, which is stored as JSON."""
    encoded = _escaped(json.dumps(tag))
    return or_(IsLike(_R.tags, f"[{encoded}%"), IsLike(_R.tags, f"%, {encoded}%"))


def _named(pattern: str) -> Condition:
    return or_(IsLike(_R.name, pattern), IsLike(_R.flow_name, pattern))


def _escaped(text: str) -> str:
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name.casefold(), _only_stars(each.casefold())) for each in patterns)


def _only_stars(pattern: str) -> str:
    return pattern.replace("[", "[[]").replace("?", "[?]")
