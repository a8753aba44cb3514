"""Making deployments, starting their runs, and their schedules: what needs no worker."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pydantic import BaseModel

from holdfast import cancel_flow_run, flow, pause_deployment, resume_deployment, run_deployment, task, wait_for_flow_run
from holdfast.deployments import get_deployment, list_deployments
from holdfast.engine import deployment_actions, results
from holdfast.engine.deployment_actions import schedule_due
from holdfast.engine.drive.boundary import boundary
from holdfast.engine.housekeeping import tend
from holdfast.engine.liveness import register
from holdfast.engine.runs import awaiting
from holdfast.exceptions import (
    AmbiguousDeployment,
    DeploymentNotFound,
    InvalidFlow,
    MissingResult,
    ParameterError,
    ScheduleError,
)
from holdfast.records import HostKind
from holdfast.schedules import CatchUp, Cron, Interval
from holdfast.states import Completed, named
from holdfast.store import claims, database, deployments, queries, runs


class Order(BaseModel):
    article: str
    amount: Decimal = Decimal(1)


@flow
def plain():
    return "plain"


@flow
def order(order: Order, urgent: bool = False, **more: int):
    return order


@flow
def other():
    return "other"


@flow
def counted(number: int, of: object = None):
    return number


def stored_parameters(run):
    return results.decode(queries.get_parameters(database.default(), run.id))


def all_runs(db):
    return queries.list_flow_runs(db)[::-1]


def claim(db, limit=100):
    """Take runs as a worker does, and give what it took."""
    return claims.claim(db, register(db, HostKind.WORKER), limit, "worker")


def finish(db, run_id, value=None, state=None):
    """Have a run that was claimed come to its end, as a worker's process does."""
    runs.enter(db, run_id.hex, register(db, HostKind.CHILD), "worker")
    runs.finish(db, run_id.hex, state or Completed(), results.encode(value), "worker")


def test_names_are_where_they_are_looked_for():
    import holdfast
    from holdfast import deployments as public
    from holdfast import schedules

    assert {"serve", "run_deployment", "pause_deployment", "resume_deployment"} <= set(holdfast.__all__)
    assert public.run_deployment is holdfast.run_deployment
    assert {each.__name__ for each in (schedules.Cron, schedules.Interval, schedules.RRule)} == {
        "Cron", "Interval", "RRule",
    }  # fmt: skip


def make(of=plain, name="d", **plan):
    return of.to_deployment(name, **plan).apply()


def test_in_async_code_a_deployment_may_be_awaited_before_it_is_made():
    async def makes():
        planned = await plain.to_deployment("d", tags=["a"])
        return planned.apply()

    assert asyncio.run(makes()).tags == ("a",)


def test_days_that_have_to_be_both_are_kept_with_the_deployment(db):
    make(schedule=Cron("0 9 13 * fri", day_or=False))
    assert [each.day_or for each in get_deployment("d").schedules] == [False]


def test_a_deployment_is_what_it_was_said_to_be(db):
    made = make(counted, cron="0 9 * * *", parameters={"number": 3}, tags=["a", "b", "a"], limit=2, catch_up="skip")
    assert made.full_name == "counted/d"
    assert (made.tags, made.limit, made.catch_up, made.paused) == (("a", "b"), 2, CatchUp.SKIP, False)
    assert made.schedules == (Cron("0 9 * * *"),)
    assert made.next_due is not None
    assert made.next_due > made.created
    assert list(made.parameter_schema["properties"]) == ["number", "of"]
    assert list_deployments() == [made] == [get_deployment("counted/d")]


def test_without_a_schedule_nothing_is_due(db):
    assert make().next_due is None


def test_deploying_again_changes_the_deployment(db):
    first = make(cron="0 9 * * *", limit=1)
    second = make(interval=60, tags=["new"])
    assert second.id == first.id
    assert (second.created, second.limit, second.tags) == (first.created, None, ("new",))
    assert second.updated > first.updated
    assert len(list_deployments()) == 1


def test_a_name_belongs_to_a_flow(db):
    first, second = make(plain), make(other)
    assert first.id != second.id
    assert get_deployment("other/d") == second == get_deployment(second.id) == get_deployment(str(second.id))
    with pytest.raises(AmbiguousDeployment, match="other/d, plain/d"):
        get_deployment("d")


def test_a_name_alone_is_enough_where_it_is_the_only_one(db):
    make(other, name="nightly")
    assert get_deployment("nightly").full_name == "other/nightly"


@pytest.mark.parametrize("reference", ["nope", "plain/nope", "", "0" * 32])
def test_a_deployment_that_is_not_there(db, reference):
    with pytest.raises(DeploymentNotFound, match="there are none yet"):
        run_deployment(reference)
    make()
    with pytest.raises(DeploymentNotFound, match="there are plain/d"):
        get_deployment(reference)


@pytest.mark.parametrize("name", ["", "a/b"])
def test_names_that_could_not_be_found_again_are_refused(name):
    with pytest.raises(InvalidFlow, match="without a slash"):
        plain.to_deployment(name)


def test_a_flow_that_no_other_process_could_load_is_refused():
    @flow
    def inner():
        return 1

    with pytest.raises(InvalidFlow, match="no name of its own at the top level"):
        inner.to_deployment("d")


def test_a_limit_lets_something_run():
    with pytest.raises(ScheduleError, match="pause it"):
        plain.to_deployment("d", limit=0)


def test_a_catch_up_that_there_is_not():
    with pytest.raises(ScheduleError, match="once, all or skip"):
        plain.to_deployment("d", catch_up="never")


@pytest.mark.parametrize(
    ("of", "parameters", "names"),
    [
        (order, {"order": {"amount": 3}}, "article"),
        (order, {"order": Order(article="nut"), "urgent": "perhaps"}, "urgent"),
        (plain, {"number": 3}, "number"),
        (counted, {"number": "three"}, "number"),
        (counted, {"number": 3, "of": object()}, "of"),
    ],
)
def test_parameters_that_do_not_fit_are_refused_when_deploying(of, parameters, names):
    with pytest.raises(ParameterError, match=names):
        of.to_deployment("d", parameters=parameters)


def test_parameters_may_be_left_for_later(db):
    make(order, parameters={"urgent": True})
    with pytest.raises(ParameterError, match="urgent"):
        order.to_deployment("d", parameters={"urgent": "perhaps"})


def test_a_schedule_needs_all_parameters():
    with pytest.raises(ParameterError, match="number"):
        counted.to_deployment("d", interval=60)


def test_parameters_of_a_run_go_over_those_of_the_deployment(db):
    make(order, parameters={"order": Order(article="nut"), "urgent": True})
    run = run_deployment("d", {"urgent": False, "more": 5}, timeout=0)
    assert stored_parameters(run) == {"order": {"article": "nut"}, "urgent": False, "more": 5}


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({}, "needs order"),
        ({"order": {"article": 5}}, "order.article"),
        ({"order": Order(article="nut"), "urgent": "perhaps"}, "urgent"),
        ({"order": object()}, "order"),
    ],
)
def test_parameters_that_do_not_fit_are_refused_when_starting(db, parameters, names):
    make(order)
    with pytest.raises(ParameterError, match=names):
        run_deployment("d", parameters, timeout=0)
    assert all_runs(db) == []


def test_a_parameter_that_there_is_not_is_refused_when_starting(db):
    make(plain)
    with pytest.raises(ParameterError, match=r"no parameter 'number'; its parameters: none"):
        run_deployment("d", {"number": 3}, timeout=0)


def test_a_started_run_is_scheduled_and_returned_at_once(db):
    made = make()
    run = run_deployment("d", timeout=0)
    assert (run.flow_name, run.state.name, run.deployment_id, run.executions) == ("plain", "Scheduled", made.id, 0)
    assert run.parent_id is None
    assert claim(db) == [run.id]


def test_a_started_run_may_be_named(db):
    make()
    assert run_deployment("d", timeout=0, flow_run_name="monday").name == "monday"


def test_a_run_may_be_started_for_later(db):
    make()
    later = datetime.now(UTC) + timedelta(hours=1)
    run = run_deployment("d", scheduled_time=later, timeout=0)
    assert run.due == later
    assert claim(db) == []


def test_a_time_for_later_names_its_zone(db):
    make()
    with pytest.raises(ScheduleError, match="has no time zone"):
        run_deployment("d", scheduled_time=datetime.now(), timeout=0)  # noqa: DTZ005


def test_two_starts_with_one_key_are_one(db):
    make()
    make(other)
    first = run_deployment("plain/d", idempotency_key="monday", timeout=0)
    assert run_deployment("plain/d", idempotency_key="monday", timeout=0).id == first.id
    assert run_deployment("plain/d", idempotency_key="tuesday", timeout=0).id != first.id
    assert run_deployment("other/d", idempotency_key="monday", timeout=0).id != first.id
    assert len(all_runs(db)) == 3


def test_many_starts_with_one_key_at_once_are_one(db):
    make()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: run_deployment("d", idempotency_key="k", timeout=0).id, range(16)))
    assert len(set(found)) == 1


def test_waiting_for_a_run_gives_what_it_returned(db, feed):
    make()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(run_deployment, "d")
        feed.until_state("Scheduled")
        (run_id,) = claim(db)
        finish(db, run_id, 42)
        assert waiting.result(10).state.result() == 42


def test_waiting_in_async_code(db, feed):
    make()

    async def main():
        waiting = asyncio.ensure_future(run_deployment("d"))
        await asyncio.to_thread(feed.until_state, "Scheduled")
        (run_id,) = claim(db)
        finish(db, run_id, 42)
        return await (await waiting).state.result()

    assert asyncio.run(main()) == 42


def test_waiting_ends_with_its_timeout(db):
    make()
    run = run_deployment("d", timeout=0.01)
    assert run.state.name == "Scheduled"


def test_a_result_that_cannot_be_read_back_says_so_when_it_is_asked_for(db, feed):
    make()
    run = run_deployment("d", idempotency_key="k", timeout=0)
    (run_id,) = claim(db)
    runs.enter(db, run_id.hex, register(db, HostKind.CHILD), "worker")
    runs.finish(db, run_id.hex, Completed(), b"P\0\0\0\x03abcnonsense", "worker")
    run = run_deployment("d", idempotency_key="k")
    assert run.state.is_completed()
    with pytest.raises(MissingResult):
        run.state.result()


def test_a_flow_starts_a_child_that_goes_on_without_it(db):
    make()

    @flow
    def main():
        return run_deployment("d", timeout=0).id

    child = main()
    (root,) = [each for each in all_runs(db) if each.flow_name == "main"]
    assert root.state.name == "Completed"
    assert [each.id for each in queries.get_children(db, root.id)] == [child]
    found = queries.get_flow_run(db, child)
    assert (found.parent_id, found.root_id, found.state.name) == (root.id, child, "Scheduled")


def test_a_task_starts_a_child_of_its_flow(db):
    make()

    @task
    async def begin():
        return (await run_deployment("d", timeout=0)).parent_id

    @flow
    async def main():
        return [await begin(), await begin()]

    parents = asyncio.run(main())
    (root,) = [each for each in all_runs(db) if each.flow_name == "main"]
    assert parents == [root.id] * 2
    assert len(queries.get_children(db, root.id)) == 2


def test_a_run_that_is_no_subflow_is_independent(db):
    make()

    @flow
    def main():
        return run_deployment("d", timeout=0, as_subflow=False)

    child = main()
    assert child.parent_id is None
    (root,) = [each for each in all_runs(db) if each.flow_name == "main"]
    assert queries.get_children(db, root.id) == []


def test_a_flow_that_waits_for_a_run_is_cancelled_with_it(db, feed, start):
    make()

    @flow
    def main():
        return run_deployment("d").state.name

    running = start(main, return_state=True)
    feed.until_state("Scheduled")
    (root,) = [each for each in all_runs(db) if each.flow_name == "main"]
    cancel_flow_run(root.id)
    assert running.result(10).name == "Cancelled"
    assert {each.state.name for each in all_runs(db)} == {"Cancelled"}


def started_and_waited_for():
    return wait_for_flow_run(run_deployment("d", timeout=0).id)


@pytest.mark.parametrize("call", [lambda: run_deployment("d"), started_and_waited_for], ids=["started", "waited for"])
def test_a_flow_is_cancelled_between_its_look_at_itself_and_at_the_run_that_it_waits_for(db, monkeypatch, call):
    make()

    @flow
    def main():
        return call().state.name

    def look(run):
        yield from boundary(run)
        monkeypatch.setattr(looking, "boundary", boundary)
        (root,) = [each for each in all_runs(db) if each.flow_name == "main"]
        cancel_flow_run(root.id)

    looking = awaiting if call is started_and_waited_for else deployment_actions
    monkeypatch.setattr(looking, "boundary", look)
    assert main(return_state=True).name == "Cancelled"


def test_a_flow_in_no_file_stays_while_the_run_that_it_waits_for_is_suspended(db, feed, start):
    make()

    @flow
    def main():
        return run_deployment("d").state.result()

    running = start(main)
    feed.until_state("Scheduled")
    (run_id,) = claim(db)
    runs.enter(db, run_id.hex, register(db, HostKind.CHILD), "worker")
    runs.set_state(db, run_id.hex, named("Suspended"), "worker")
    runs.set_state(db, run_id.hex, named("Resuming"), "worker", due_at=0)
    assert claim(db) == [run_id]
    finish(db, run_id, 7)
    assert running.result(10) == 7


# Schedules


def at(deployment, **later):
    return deployment.next_due + timedelta(**later)


def test_a_run_is_made_when_its_time_has_come(db):
    made = make(counted, cron="@hourly", parameters={"number": 3})
    assert schedule_due(db, at(made, seconds=-1)) == []
    (run_id,) = schedule_due(db, at(made, seconds=1))
    run = queries.get_flow_run(db, run_id)
    assert (run.state.name, run.due, run.deployment_id) == ("Scheduled", made.next_due, made.id)
    assert stored_parameters(run) == {"number": 3}
    assert get_deployment("d").next_due == at(made, hours=1)
    assert schedule_due(db, at(made, seconds=1)) == []


@pytest.mark.parametrize(("catch_up", "hours"), [("once", [5]), ("all", [0, 1, 2, 3, 4, 5]), ("skip", [])])
def test_what_was_missed(db, catch_up, hours):
    made = make(cron="@hourly", catch_up=catch_up)
    schedule_due(db, at(made, hours=5, minutes=30))
    assert [each.due for each in all_runs(db)] == [at(made, hours=each) for each in hours]
    assert get_deployment("d").next_due == at(made, hours=6)


def test_all_of_very_much_that_was_missed(db):
    made = make(cron="* * * * *", catch_up="all")
    assert len(schedule_due(db, at(made, minutes=1099, seconds=1))) == 1100
    assert len({each.due for each in queries.list_flow_runs(db, limit=2000)}) == 1100


def test_threads_that_look_at_once_make_each_run_once(db):
    made = make(cron="@hourly", catch_up="all")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: schedule_due(db, at(made, hours=9, seconds=1)), range(8)))
    assert sum(map(len, found)) == 10
    assert len(all_runs(db)) == 10


def test_who_looked_before_another_did_makes_nothing(db):
    made = make(cron="@hourly")
    from holdfast.schedules import Due

    what = Due((made.next_due,), at(made, hours=1))
    assert len(deployments.make_due_runs(db, made, what, ["one"], "tester")) == 1
    assert deployments.make_due_runs(db, made, what, ["two"], "tester") == []
    assert len(all_runs(db)) == 1


def test_a_time_that_comes_again_after_a_change_makes_no_second_run(db):
    made = make(cron="@hourly", catch_up="all")
    schedule_due(db, at(made, seconds=1))
    again = make(cron=["@hourly", "30 * * * *"], catch_up="all")
    schedule_due(db, max(again.next_due, made.next_due) + timedelta(seconds=1))
    dues = [each.due for each in all_runs(db)]
    assert len(dues) == len(set(dues))


def test_deploying_the_same_schedule_again_does_not_forget_what_was_missed(db):
    made = make(interval="1h")
    again = make(interval="1h", tags=["new"])
    assert (again.next_due, again.schedules) == (made.next_due, made.schedules)


def test_deploying_another_schedule_begins_anew(db):
    made = make(interval="1h")
    again = make(interval="2h")
    assert again.next_due > made.next_due
    assert again.schedules[0].anchor > made.schedules[0].anchor


def test_an_interval_counts_from_when_it_was_deployed(db):
    made = make(interval="1h")
    assert made.next_due == made.created + timedelta(hours=1)
    assert made.schedules == (Interval("1h", anchor=made.created),)


def test_a_paused_deployment_makes_no_runs(db):
    make(cron="@hourly", catch_up="all")
    first = run_deployment("d", timeout=0)
    paused = pause_deployment("d")
    assert (paused.paused, paused.next_due) == (True, None)
    assert schedule_due(db, datetime.now(UTC) + timedelta(days=2)) == []
    assert claim(db) == [first.id]
    assert run_deployment("d", timeout=0).state.name == "Scheduled"


def test_a_resumed_deployment_goes_on_with_what_comes(db):
    made = make(cron="@hourly", catch_up="all")
    pause_deployment("d")
    resumed = resume_deployment("d")
    assert not resumed.paused
    assert resumed.next_due >= made.next_due
    assert resume_deployment("d") == resumed
    assert pause_deployment("d") == pause_deployment("d")


def test_deploying_again_leaves_a_paused_deployment_paused(db):
    make(cron="@hourly")
    pause_deployment("d")
    again = make(cron="@daily")
    assert (again.paused, again.next_due) == (True, None)
    assert make(cron="@daily", paused=False).next_due is not None


def test_a_deployment_may_be_made_paused(db):
    made = make(cron="@hourly", paused=True)
    assert (made.paused, made.next_due) == (True, None)


def test_whoever_tends_makes_what_is_due(db):
    made = make(cron="* * * * *")
    with db.write() as connection:
        connection.execute("UPDATE deployment SET next_due_at = next_due_at - 3600000000")
    tend(db)
    (run,) = all_runs(db)
    assert run.deployment_id == made.id


def test_a_schedule_that_makes_no_sense_here_is_paused_and_holds_up_no_other(db, caplog):
    made = make(cron="@hourly", timezone="Europe/Berlin")
    make(other, cron="@hourly")
    with db.write() as connection:
        connection.execute("UPDATE deployment SET schedules = replace(schedules, 'Berlin', 'Atlantis')")
    assert len(schedule_due(db, at(made, seconds=1))) == 1
    assert get_deployment("plain/d").paused
    assert "no time zone 'Europe/Atlantis'" in caplog.text


# Limits and lateness


def test_claims_respect_the_limit(db):
    make(limit=2)
    make(other)
    started = [run_deployment("plain/d", timeout=0).id for _ in range(4)]
    free = run_deployment("other/d", timeout=0).id
    assert claim(db) == [*started[:2], free]
    assert claim(db) == []
    finish(db, started[0])
    assert claim(db) == [started[2]]


def test_workers_that_claim_at_once_keep_to_the_limit(db):
    make(limit=3)
    for _ in range(12):
        run_deployment("d", timeout=0)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: claim(db, 2), range(6)))
    assert sum(map(len, found)) == 3


def test_a_suspended_run_holds_no_slot(db):
    make(limit=1)
    first, second = (run_deployment("d", timeout=0).id for _ in range(2))
    assert claim(db) == [first]
    runs.enter(db, first.hex, register(db, HostKind.CHILD), "worker")
    assert claim(db) == []
    runs.set_state(db, first.hex, named("Paused"), "worker")
    assert claim(db) == []
    runs.set_state(db, first.hex, named("Suspended"), "worker")
    assert claim(db) == [second]


def test_a_changed_limit_holds_at_once(db):
    make(limit=1)
    first, second = (run_deployment("d", timeout=0).id for _ in range(2))
    assert claim(db) == [first]
    make(limit=2)
    assert claim(db) == [second]


def test_a_run_that_nobody_takes_shows_late(db):
    make()
    now = datetime.now(UTC)
    late = run_deployment("d", scheduled_time=now - timedelta(seconds=10), timeout=0)
    due = run_deployment("d", scheduled_time=now, timeout=0)
    early = run_deployment("d", scheduled_time=now + timedelta(hours=1), timeout=0)
    tend(db)
    tend(db)
    names = [queries.get_flow_run(db, each.id).state.name for each in (late, due, early)]
    assert names == ["Late", "Scheduled", "Scheduled"]
    assert queries.get_flow_run(db, late.id).due == late.due
    assert [each.after for each in queries.get_events(db, late.id)] == ["Scheduled", "Late"]
    assert claim(db) == [late.id, due.id]


def test_a_run_started_for_later_is_not_late_before_that(db):
    make()
    run = run_deployment("d", scheduled_time=datetime.now(UTC) + timedelta(hours=1), timeout=0)
    tend(db)
    assert queries.get_flow_run(db, run.id).state.name == "Scheduled"
