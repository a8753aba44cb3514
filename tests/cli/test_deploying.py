"""``holdfast deploy``, ``deployments``, ``deployment pause`` and ``resume``, ``start``."""

import signal
from datetime import datetime

import pytest

from holdfast.deployments import list_deployments
from holdfast.engine import results
from holdfast.store import queries
from holdfast.store.database import default


@pytest.fixture(autouse=True)
def fresh_modules(monkeypatch):
    import sys

    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "flows", raising=False)


def only_run():
    (run,) = queries.list_flow_runs(default())
    return run


def parameters(run):
    return results.decode(queries.get_parameters(default(), run.id))


def test_a_flow_is_deployed_and_listed(invoke, flows):
    result = invoke("deploy", f"{flows}:greet", "--cron", "0 9 * * *", "--timezone", "Europe/Berlin", "--limit", 2)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("greet/default runs next at ")

    listed = invoke("deployments")
    assert listed.code == 0
    assert "greet/default" in listed.out
    assert "cron 0 9 * * * (Europe/Berlin)" in listed.out


def test_a_deployment_as_json(invoke, flows):
    made = invoke(
        "deploy", f"{flows}:greet", "-n", "nightly", "--interval", "1h", "--rrule", "FREQ=DAILY", "-p", "times=3",
        "--tag", "a", "--catch-up", "all", "--paused", "--json",
    ).json  # fmt: skip
    assert made == invoke("deployments", "--json").json[0]
    assert made["full_name"] == "greet/nightly"
    assert [(each["kind"], each["rule"]) for each in made["schedules"]] == [
        ("interval", "3600.0"),
        ("rrule", "FREQ=DAILY"),
    ]
    assert (made["catch_up"], made["tags"], made["paused"], made["next_due"]) == ("all", ["a"], True, None)
    assert made["parameter_schema"]["properties"]["times"]["type"] == "integer"


def test_without_deployments_the_list_says_how_to_make_one(invoke):
    result = invoke("deployments")
    assert (result.code, result.out) == (0, "")
    assert "holdfast deploy FILE:FLOW" in result.err
    assert invoke("deployments", "--json").json == []


def test_a_run_is_started_like_another_but_for_what_is_given(invoke, flows):
    invoke("deploy", f"{flows}:needs", "-p", "count=2")
    invoke("start", "default", "-p", "version=1.10", "-p", "count=5")
    first = only_run()
    assert invoke("start", "--like", first.name, "-p", "version=1.11").code == 0
    again = next(each for each in queries.list_flow_runs(default()) if each.id != first.id)
    assert parameters(again) == {"version": "1.11", "count": 5}
    assert again.deployment_id == first.deployment_id


def test_a_run_like_one_of_a_script_is_given_what_that_one_was_given_by_any_name(invoke, flows):
    flows.write_text("from holdfast import flow\n\n@flow\ndef gather(*each, **more):\n    return more\n")
    invoke("deploy", f"{flows}:gather")
    invoke("run", f"{flows}:gather", "-p", "x=1")
    first = only_run()
    result = invoke("start", "--like", first.name, "-p", "y=2")
    assert (result.code, "cannot be passed again" in result.err) == (0, False), result.err
    again = next(each for each in queries.list_flow_runs(default()) if each.id != first.id)
    assert parameters(again) == {"x": 1, "y": 2}


def test_what_is_to_be_started_has_to_be_named(invoke, flows):
    result = invoke("start")
    assert (result.code, result.out) == (2, "")
    assert "--like" in result.err


def test_a_run_of_no_deployment_is_not_started_again(invoke, flows):
    invoke("run", f"{flows}:greet")
    result = invoke("start", "--like", only_run().name)
    assert result.code == 1
    assert f"holdfast deploy {flows}:greet" in result.err.replace("\n", " ")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--cron", "often"], "is invalid"),
        (["--cron", "0 9 * * *", "--timezone", "Mars"], "no time zone"),
        (["--interval", "soon"], "An interval is 'soon'"),
        (["--rrule", "FREQ=SOMETIMES"], "is invalid"),
        (["--catch-up", "never"], "once, all or skip"),
        (["--limit", "0"], "limit"),
        (["-p", "times=many"], "times"),
        (["-p", "nobody=3"], "no parameter 'nobody'"),
        (["-n", "a/b"], "without a slash"),
    ],
)
def test_what_makes_no_sense_is_refused_and_deploys_nothing(invoke, flows, arguments, why):
    result = invoke("deploy", f"{flows}:greet", *arguments)
    assert (result.code, result.out) == (2, "")
    assert why in result.err
    assert list_deployments() == []


def test_a_schedule_needs_all_parameters(invoke, flows):
    result = invoke("deploy", f"{flows}:needs", "--interval", "1h", "-p", "version=1.10")
    assert result.code == 2
    assert "count" in result.err
    assert invoke("deploy", f"{flows}:needs", "-p", "version=1.10").code == 0


def test_a_run_is_started_with_parameters(invoke, flows):
    invoke("deploy", f"{flows}:needs", "-p", "count=2")
    result = invoke("start", "default", "-p", "version=1.10")
    assert result.code == 0
    assert result.out == f"{only_run().name} is scheduled.\n"
    assert "No worker is running" in result.err
    assert parameters(only_run()) == {"version": "1.10", "count": 2}


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["needs/default"], "needs version"),
        (["needs/default", "-p", "version=1", "-p", "count=some"], "count"),
        (["needs/default", "-p", "version=1", "-p", "other=1"], "no parameter 'other'"),
        (["needs/default", "-p", "version"], "name=value"),
        (["nope"], "there are needs/default"),
    ],
)
def test_a_run_that_cannot_be_is_not_started(invoke, flows, arguments, why):
    invoke("deploy", f"{flows}:needs", "-p", "count=2")
    result = invoke("start", *arguments)
    assert (result.code, result.out) == (2, "")
    assert why in result.err
    assert queries.list_flow_runs(default()) == []


def test_a_run_is_started_for_later(invoke, flows):
    invoke("deploy", f"{flows}:greet")
    result = invoke("start", "greet/default", "--at", "2099-12-01 10:00", "--json").json
    assert datetime.fromisoformat(result["due"]) == datetime(2099, 12, 1, 10).astimezone()
    assert result["state"]["name"] == "Scheduled"


def test_when_a_run_starts_is_said_as_people_say_it(invoke, flows):
    invoke("deploy", f"{flows}:greet")
    result = invoke("start", "greet/default", "--at", "tomorrow 9:00", "--json").json
    due = datetime.fromisoformat(result["due"]).astimezone()
    assert (due.hour, due.minute) == (9, 0)
    assert due > datetime.now().astimezone()


def test_a_start_at_no_time_is_refused_with_an_example(invoke, flows):
    invoke("deploy", f"{flows}:greet")
    result = invoke("start", "greet/default", "--at", "soonish")
    assert (result.code, result.out) == (2, "")
    assert "--at cannot be 'soonish'. It must be a date and time, such as" in result.err
    assert queries.list_flow_runs(default()) == []


def test_the_same_key_starts_one_run(invoke, flows):
    invoke("deploy", f"{flows}:greet")
    first = invoke("start", "default", "--key", "monday", "--json").json
    assert invoke("start", "default", "--key", "monday", "--json").json["flow_run_id"] == first["flow_run_id"]


def test_a_deployment_is_paused_and_resumed(invoke, flows):
    invoke("deploy", f"{flows}:greet", "--interval", "1h")
    assert invoke("deployment", "pause", "default").out.startswith("greet/default is paused")
    assert "paused" in invoke("deployments").out
    assert invoke("deployment", "resume", "greet/default").out.startswith("greet/default runs next at ")
    assert invoke("deployment", "pause", "nope").code == 2
    assert invoke("deployment").code == 2


def test_a_worker_runs_what_was_started(invoke, flows, start, run_in):
    invoke("deploy", f"{flows}:greet", "-p", "name=Ana")
    working = start("worker", "--slots", "1")
    started = invoke("start", "default", "-p", "times=2", "--json").json
    run_in("Completed")
    working.process.send_signal(signal.SIGTERM)
    assert working.end().code == 0
    shown = invoke("show", started["flow_run_name"], "--json").json
    assert shown["result"] == {"greeted": "Ana", "times": 2}
    assert shown["deployment_id"] == started["deployment_id"]


def test_a_hostile_name_is_only_text(invoke, flows):
    name = "\x1b]0;owned\x07"
    for each in (
        invoke("deploy", f"{flows}:greet", "-n", name),
        invoke("deployments"),
        invoke("deployment", "pause", name),
        invoke("start", "nope\x1b[2J"),
    ):
        assert "\x1b" not in each.out + each.err


def test_a_deployment_is_deleted(invoke, flows):
    invoke("deploy", f"{flows}:greet", "--interval", "1h")
    invoke("start", "default")
    result = invoke("deployment", "delete", "default")
    assert (result.code, result.err) == (0, "")
    assert result.out == "greet/default is deleted, and 1 run that had not begun is cancelled.\n"
    assert list_deployments() == []
    assert only_run().state.name == "Cancelled"
    assert invoke("deployment", "delete", "default").code == 2


def test_a_deleted_deployment_as_json(invoke, flows):
    made = invoke("deploy", f"{flows}:greet", "--json").json
    assert invoke("deployment", "delete", "greet/default", "--json").json == made


@pytest.mark.parametrize(("typed", "left"), [("", 1), ("n", 1), ("y", 0)])
def test_on_a_terminal_it_asks_before_it_deletes(invoke, flows, terminal, typed, left):
    invoke("deploy", f"{flows}:greet")
    shown = terminal("deployment", "delete", "default")
    shown.answer("Delete greet/default? [y/N]", typed)
    shown.expect("is deleted" if typed == "y" else "Nothing was deleted")
    assert shown.end() == 0
    assert len(list_deployments()) == left


def test_with_yes_it_does_not_ask(invoke, flows, terminal):
    invoke("deploy", f"{flows}:greet")
    shown = terminal("deployment", "delete", "default", "--yes")
    shown.expect("greet/default is deleted.")
    assert shown.end() == 0
    assert list_deployments() == []


def test_runs_are_listed_by_tag_and_deployment(invoke, flows):
    invoke("deploy", f"{flows}:greet", "--tag", "a")
    invoke("deploy", f"{flows}:greet", "-n", "other")
    tagged, other = (invoke("start", each, "--json").json["flow_run_id"] for each in ("default", "other"))
    assert [each["flow_run_id"] for each in invoke("ls", "--tag", "a", "--json").json] == [tagged]
    assert [each["flow_run_id"] for each in invoke("ls", "--deployment", "other", "--json").json] == [other]
    assert invoke("ls", "--tag", "b", "--json").json == []
    assert invoke("ls", "--deployment", "nope").code == 2


def test_a_secret_parameter_reaches_the_run_and_is_not_shown(invoke, tmp_path):
    code = [
        "from pydantic import SecretStr",
        "from holdfast import flow",
        "@flow",
        "def enter(user, token: SecretStr): ...",
    ]
    (tmp_path / "secretive.py").write_text("\n".join(code))
    assert invoke("deploy", f"{tmp_path / 'secretive.py'}:enter").code == 0
    assert invoke("start", "enter/default", "-p", "user=ana", "-p", "token=hunter2").code == 0
    assert parameters(only_run()) == {"user": "ana", "token": "hunter2"}
    for arguments in (["show", only_run().name], ["show", only_run().name, "--json"]):
        shown = invoke(*arguments)
        assert "ana" in shown.out
        assert "hunter2" not in shown.out + shown.err
