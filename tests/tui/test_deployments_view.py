"""The view of deployments, the page of one, and starting runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import deploying
import pytest
from deploying import deploy, start
from seeding import ACTOR, HERE, NOW
from textual.widgets import Input

from holdfast.engine import deployment_actions as engine
from holdfast.engine import results
from holdfast.engine.drive.effects import drive
from holdfast.schedules import Cron, Interval
from holdfast.states import named
from holdfast.store import deployments, queries
from holdfast.store import runs as store_runs
from holdfast.store.ids import new_id
from holdfast_tui.app import HoldfastApp
from holdfast_tui.forms.screen import AnswerScreen
from holdfast_tui.screens.deployment_page import DeploymentPage
from holdfast_tui.screens.picker import PickScreen
from holdfast_tui.screens.run_page import RunPage
from holdfast_tui.verbs.actions import READONLY

pytestmark = pytest.mark.anyio
NOON = datetime(2077, 1, 1, 12, tzinfo=UTC)
SIZES = [(40, 12), (80, 24), (120, 40)]


def runs(seeder) -> list:
    return queries.list_flow_runs(seeder.database)


async def is_on(driver, screen) -> None:
    await driver.until(lambda: isinstance(driver.app.screen, screen))
    await driver.settle()


@pytest.mark.parametrize("size", SIZES)
async def test_names_and_next_times_are_seen_at_every_size(opened, path, seeder, size):
    deploy(seeder, "weekly", schedules=(Cron("0 9 * * mon"),), paused=True)
    deploy(seeder, "by-hand")
    async with opened(path, size=size) as driver:
        await driver.press("3")
        await driver.sees("report/by-hand")
        (line,) = (each for each in driver.lines if "report/weekly" in each)
        assert "paused" in line
        assert ("Mondays at 09:00" in line) == (size[0] > 40)
        assert all(len(each) <= size[0] for each in driver.lines)


async def test_schedule_slots_last_run_and_tags_are_said_where_there_is_room(opened, path, seeder):
    deploying.deployment_story(seeder)
    async with opened(path, size=(120, 40)) as driver:
        await driver.press("3")
        await driver.sees("warehouse/sync")
        (sync,) = (each for each in driver.lines if "warehouse/sync" in each)
        assert "every 15 minutes" in sync
        assert "2 of 4" in sync
        assert "● Running" in sync
        (weekly,) = (each for each in driver.lines if "invoices/weekly" in each)
        assert "never run" in weekly
        assert "finance, mail" in weekly


async def test_time_until_the_next_run_is_counted_down(opened, path, seeder):
    made = deploy(seeder, "sync", schedules=(Interval("15m"),))
    now = made.created
    async with opened(path, clock=lambda: now) as driver:
        await driver.press("3")
        await driver.sees("15:00")


@pytest.mark.parametrize("size", SIZES)
async def test_empty_view_says_what_to_type(opened, path, size):
    async with opened(path, size=size) as driver:
        await driver.press("3")
        await driver.sees("No deployments yet.")
        assert "holdfast deploy" in driver.text


async def test_new_deployment_of_another_process_shows_up(opened, path, seeder):
    async with opened(path) as driver:
        await driver.press("3")
        await driver.sees("No deployments yet.")
        deploy(seeder, "late")
        await driver.sees("report/late")


async def test_what_has_changed_while_another_view_was_shown_is_seen(opened, path, seeder):
    async with opened(path) as driver:
        await driver.press("3", "1")
        deploy(seeder, "late")
        await driver.press("3")
        await driver.sees("report/late")


async def test_filter_looks_at_names_schedules_tags_and_whether_paused(opened, path, seeder):
    deploying.deployment_story(seeder)
    async with opened(path) as driver:
        await driver.press("3")
        await driver.sees("warehouse/sync")
        for text, there, gone in (
            ("mail", "invoices/weekly", "report/nightly"),
            ("active fin", "report/nightly", "invoices/weekly"),
            ("every 15", "warehouse/sync", "report/nightly"),
            ("nothing", "No deployment matches the filter.", "warehouse/sync"),
        ):
            driver.app.main.view.set_filter(text)
            await driver.sees(there)
            assert gone not in driver.text
        await driver.press("escape")
        await driver.sees("cleanup/on-demand")


@pytest.mark.parametrize("place", ["view", "page"])
async def test_schedule_is_paused_after_the_consequence_was_shown(opened, path, seeder, place):
    made = deploy(seeder, "nightly", schedules=(Cron("0 2 * * *"),))
    async with opened(path) as driver:
        await driver.press("3", *(["enter"] if place == "page" else []))
        await driver.sees("○ Active" if place == "page" else "report/nightly")
        await driver.press("r")
        await driver.hears("report/nightly is not paused.")
        await driver.press("p")
        await driver.sees("Pause the schedule of report/nightly?")
        assert "are not caught up with" in driver.app.screen.text
        await driver.press("y")
        await driver.hears("report/nightly is paused.")
        assert deployments.find(seeder.database, made.id).paused
        await driver.press("p")
        await driver.hears("report/nightly is already paused.")
        await driver.press("r")
        await driver.sees("Resume the schedule of report/nightly?")
        assert "from now on" in driver.app.screen.text
        await driver.press("y")
        await driver.hears("report/nightly is active.")
        assert not deployments.find(seeder.database, made.id).paused


async def test_schedule_stays_when_it_is_not_confirmed(opened, path, seeder):
    made = deploy(seeder, "nightly", schedules=(Cron("0 2 * * *"),))
    async with opened(path) as driver:
        await driver.press("3")
        await driver.sees("report/nightly")
        await driver.press("p", "n")
        assert not deployments.find(seeder.database, made.id).paused


async def test_deployment_without_a_schedule_says_why_it_is_not_paused(opened, path, seeder):
    deploy(seeder, "by-hand")
    async with opened(path) as driver:
        await driver.press("3")
        await driver.sees("report/by-hand")
        await driver.press("p")
        await driver.hears("report/by-hand has no schedule to pause")


@pytest.mark.parametrize("place", ["view", "page"])
async def test_deployment_is_deleted_after_the_consequence_was_shown(opened, path, seeder, place):
    deploy(seeder, "nightly")
    run = start(seeder, "nightly")
    async with opened(path) as driver:
        await driver.press("3")
        await driver.sees("report/nightly")
        if place == "page":
            await driver.press("enter")
            await driver.sees(run.name)
        await driver.press("D")
        await driver.sees("Delete report/nightly?")
        assert "have not started are cancelled" in driver.app.screen.text
        await driver.press("y")
        await driver.hears("report/nightly is deleted; 1 of its runs had not started")
        await driver.sees("No deployments yet.")
    assert runs(seeder)[0].state.name == "Cancelled"


async def test_verbs_of_runs_have_no_keys_here(opened, path, seeder):
    deploy(seeder, "by-hand")
    async with opened(path, size=(120, 40)) as driver:
        await driver.press("3")
        await driver.sees("report/by-hand")
        await driver.sees("n New run")
        keys = driver.lines[-1]
        assert "Pause" in keys
        assert not any(each in keys for each in ("Suspend", "Cancel", "Retry"))


# Starting runs.


@pytest.mark.parametrize("size", SIZES)
async def test_run_is_started_with_a_form_that_has_the_defaults(opened, path, seeder, size):
    made = deploy(seeder, "by-hand")
    deploying.work(seeder)
    async with opened(path, size=size) as driver:
        await driver.press("3")
        await driver.sees("report/by-hand")
        await driver.press("n")
        await is_on(driver, AnswerScreen)
        assert [each.value for each in driver.app.screen.query(Input)] == ["north", "3"]
        driver.app.screen.query(Input).first().value = "south"
        await driver.press("ctrl+s")
        await driver.hears("is scheduled.")
    (run,) = runs(seeder)
    assert run.deployment_id == made.id
    assert results.decode(queries.get_parameters(seeder.database, run.id)) == {"region": "south", "limit": 3}


async def test_parameter_that_does_not_fit_is_said_at_its_field(opened, path, seeder):
    deploy(seeder, "by-hand", parameters={})
    async with opened(path) as driver:
        await driver.press("3")
        await driver.sees("report/by-hand")
        await driver.press("n")
        await is_on(driver, AnswerScreen)
        driver.app.screen.query(Input).last().value = "101"
        await driver.press("ctrl+s")
        assert isinstance(driver.app.screen, AnswerScreen)
        await driver.press("escape")
        await is_on(driver, type(driver.app.main))
    assert runs(seeder) == []


async def test_what_was_entered_and_not_sent_is_offered_again(opened, path, seeder):
    deploy(seeder, "by-hand")
    async with opened(path) as driver:
        await driver.press("3")
        await driver.sees("report/by-hand")
        await driver.press("n")
        await is_on(driver, AnswerScreen)
        await driver.press(*"-west", "escape")
        await is_on(driver, type(driver.app.main))
    async with opened(path) as driver:
        await driver.press("3")
        await driver.sees("report/by-hand")
        await driver.press("n")
        await is_on(driver, AnswerScreen)
        await driver.until(lambda: any("-west" in each.value for each in driver.app.screen.query(Input)))


async def test_deployment_without_parameters_is_started_after_a_yes(opened, path, seeder):
    deploy(seeder, "by-hand", schema=deploying.NOTHING, parameters={})
    async with opened(path) as driver:
        await driver.press("3")
        await driver.sees("report/by-hand")
        await driver.press("n")
        await driver.sees("Start a run of report/by-hand?")
        assert "It waits, because no worker is running." in driver.prose
        await driver.press("y")
        await driver.hears("no worker is running")
    assert len(runs(seeder)) == 1


async def test_deployment_whose_parameters_have_no_schema_takes_json(opened, path, seeder):
    deploy(seeder, "by-hand", schema=None)
    async with opened(path) as driver:
        await driver.press("3")
        await driver.sees("report/by-hand")
        await driver.press("n")
        await is_on(driver, AnswerScreen)
        await driver.press("ctrl+s")
        await driver.hears("is scheduled.")
    (run,) = runs(seeder)
    assert results.decode(queries.get_parameters(seeder.database, run.id)) == {"limit": 3}


@pytest.mark.parametrize("size", SIZES)
async def test_deployment_is_chosen_by_typing_where_none_is_under_the_cursor(opened, path, seeder, size):
    deploy(seeder, "one", schema=deploying.NOTHING, parameters={})
    deploy(seeder, "two", schema=deploying.NOTHING, parameters={})
    async with opened(path, size=size) as driver:
        await driver.press("n")
        await is_on(driver, PickScreen)
        await driver.sees("report/one")
        await driver.press("t", "w", "o")
        await driver.sees_no("report/one")
        await driver.press("enter")
        await driver.sees("Start a run of report/two?")


async def test_there_is_nothing_to_start_without_deployments(opened, path):
    async with opened(path) as driver:
        await driver.press("n")
        await driver.hears("There is no deployment. Create one with")


async def test_command_starts_a_run_of_the_deployment_that_it_names(opened, path, seeder):
    deploy(seeder, "one", schema=deploying.NOTHING, parameters={})
    async with opened(path) as driver:
        await driver.press("colon", *"start", "space", *"one", "enter")
        await driver.sees("Start a run of report/one?")
        await driver.press("n")
        await driver.press("colon", *"start", "space", *"other", "enter")
        await driver.hears("other")


async def test_started_run_is_in_the_log_of_actions(opened, path, seeder):
    deploy(seeder, "one", schema=deploying.NOTHING, parameters={})
    async with opened(path) as driver:
        await driver.press("3")
        await driver.sees("report/one")
        await driver.press("n", "y")
        await driver.hears("is scheduled.")
        await driver.press("A")
        await driver.sees(runs(seeder)[0].name)


async def test_nothing_is_started_or_paused_when_it_is_read_only(path, seeder):
    deploy(seeder, "nightly", schedules=(Cron("0 2 * * *"),))
    app = HoldfastApp(path, clock=lambda: NOW, readonly=True)
    async with app.run_test(notifications=True) as pilot:
        while not app.database_name:
            await pilot.pause(0.01)
        for key in ("3", "n", "p", "D"):
            await pilot.press(key)
            await pilot.pause()
        assert [each.message for each in app._notifications].count(app.screen.readonly_reason) == 3
        assert app.screen is app.main


# The page.


@pytest.mark.parametrize("size", SIZES)
async def test_page_says_when_it_runs_with_what_and_shows_its_runs(opened, path, seeder, size):
    deploy(seeder, "nightly", schedules=(Cron("0 2 * * *", "Europe/Berlin"),), limit=2, tags=("finance",))
    run = start(seeder, "nightly")
    async with opened(path, size=size, clock=lambda: NOON) as driver:
        await driver.press("3")
        await driver.sees("report/nightly")
        await driver.press("enter")
        await is_on(driver, DeploymentPage)
        await driver.sees(run.name)
        assert "every day at 02:00" in driver.text
        if size[1] > 12:
            for text in ("13:00:00 Sat 02 Jan 01:00", "Wed 06 Jan 01:00", "2 at a time", "finance", "limit: 3"):
                assert text in driver.prose
        await driver.press("enter")
        await is_on(driver, RunPage)
        await driver.sees(run.name)
        await driver.press("escape", "escape")
        await is_on(driver, type(driver.app.main))


async def test_page_of_a_deployment_that_has_not_run_says_how_to_start_it(opened, path, seeder):
    deploy(seeder, "one", schema=deploying.NOTHING, parameters={})
    async with opened(path) as driver:
        await driver.press("3")
        await driver.sees("report/one")
        await driver.press("enter")
        await driver.sees("No runs yet.  Press n to start one.")
        await driver.press("n", "y")
        await driver.until(lambda: runs(seeder))
        await driver.sees(runs(seeder)[0].name)


async def test_panes_of_the_page_are_gone_through_with_tab(opened, path, seeder):
    deploy(seeder, "one")
    start(seeder, "one")
    async with opened(path) as driver:
        await driver.press("3")
        await driver.sees("report/one")
        await driver.press("enter")
        await driver.until(lambda: driver.app.screen.focused and driver.app.screen.focused.id == "deployment-runs")
        await driver.press("tab")
        assert driver.app.screen.focused.id == "facts"
        await driver.press("tab")
        assert driver.app.screen.focused.id == "deployment-runs"


async def test_escapes_in_what_a_deployment_says_are_shown_as_text(opened, path, seeder):
    evil = "x\x1b[31m[b]y"
    deploy(seeder, evil, evil, tags=(evil,), parameters={"limit": 1, evil: evil})
    async with opened(path, size=(120, 40)) as driver:
        await driver.press("3")
        await driver.sees("␛[31m[b]y")
        await driver.press("enter")
        await driver.sees("Parameters")
        await driver.press("n")
        await is_on(driver, AnswerScreen)
        assert "\x1b" not in driver.text


# Runs like others.


def ran(seeder, name: str = "report/by-hand", **parameters) -> None:
    """A run of a deployment, the newest of all."""
    drive(engine.starting(seeder.database, name, engine.Start(parameters)))


@pytest.mark.parametrize("size", SIZES)
async def test_run_is_started_like_another_with_other_parameters(opened, path, seeder, size):
    deploy(seeder, "by-hand")
    deploying.work(seeder)
    ran(seeder, region="south", limit=7)
    async with opened(path, size=size) as driver:
        await driver.press("N")
        await is_on(driver, AnswerScreen)
        assert [each.value for each in driver.app.screen.query(Input)] == ["south", "7"]
        driver.app.screen.query(Input).last().value = "8"
        await driver.press("ctrl+s")
        await driver.hears("is scheduled.")
    newest = runs(seeder)[0]
    assert results.decode(queries.get_parameters(seeder.database, newest.id)) == {"region": "south", "limit": 8}


async def test_run_is_started_like_another_from_its_page_by_a_command(opened, path, seeder):
    deploy(seeder, "by-hand")
    ran(seeder, region="south")
    async with opened(path) as driver:
        await driver.press("enter")
        await is_on(driver, RunPage)
        await driver.press("colon", *"again", "enter")
        await is_on(driver, AnswerScreen)
        await driver.sees(f"like {runs(seeder)[0].name}")
        await driver.press("escape")
        assert isinstance(driver.app.screen, RunPage)


async def test_run_of_a_script_is_started_again_by_a_deployment_of_its_flow(opened, path, seeder):
    deploy(seeder, "by-hand", "release")
    deploy(seeder, "other")
    script = replace(HERE, entrypoint="/srv/flows/release.py:release")
    create(seeder, script, results.encode_parameters({"region": "west", "limit": date(2077, 1, 1)}))
    async with opened(path) as driver:
        await driver.press("N")
        await is_on(driver, AnswerScreen)
        await driver.sees("New run of release/by-hand")
        await driver.hears("a form cannot show: limit.")
        assert driver.app.screen.query(Input).first().value == "west"


def create(seeder, origin, parameters) -> None:
    new = store_runs.NewRun(new_id(), "brave-emu", "release", named("Running"), origin, parameters)
    store_runs.create(seeder.database, new, ACTOR)


async def test_run_that_no_deployment_can_start_says_how_to_make_one(opened, path, seeder):
    seeder.run("brave-emu")
    async with opened(path) as driver:
        await driver.press("N")
        await driver.hears("`holdfast deploy")


async def test_draft_of_a_deployment_is_left_alone_by_a_run_like_another(opened, path, seeder):
    deploy(seeder, "by-hand")
    ran(seeder, region="south")
    async with opened(path) as driver:
        for key, place, given, before in (("n", "3", "-west", "north"), ("N", "1", "-east", "south")):
            await driver.press(place)
            await driver.press(key)
            await is_on(driver, AnswerScreen)
            assert driver.app.screen.query(Input).first().value == before
            await driver.press("end", *given, "escape")
        await driver.press("3", "n")
        await is_on(driver, AnswerScreen)
        assert driver.app.screen.query(Input).first().value == "north-west"


async def test_nothing_is_started_where_one_only_looks(opened, path, seeder):
    deploy(seeder, "by-hand")
    ran(seeder)
    async with opened(path, readonly=True) as driver:
        await driver.press("N")
        await driver.hears(READONLY)
        assert not isinstance(driver.app.screen, AnswerScreen)
