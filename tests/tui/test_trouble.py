"""The file goes, the disk is full, or another program holds the lock: what was read stays, and that is said."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import timedelta

import pytest
from deploying import NOTHING, deploy, deployment_story
from seeding import Seeder, release_story
from textual.widgets import Input

from conftest import Driver
from holdfast.exceptions import StoreFull
from holdfast.schedules import Interval
from holdfast.store import queries
from holdfast.store.database import Database
from holdfast.store.sqlite import open_file
from holdfast_tui.app import HoldfastApp
from holdfast_tui.background_worker import Background
from holdfast_tui.data.verb_calls import VerbCalls
from holdfast_tui.forms.screen import AnswerScreen
from holdfast_tui.screens.action_log_screen import ActionsScreen
from holdfast_tui.screens.bulk_report import ReportScreen
from holdfast_tui.screens.deployment_page import DeploymentPage
from holdfast_tui.screens.dialogs import ConfirmScreen
from holdfast_tui.screens.run_page import RunPage
from holdfast_tui.screens.task_page import TaskPage
from holdfast_tui.verbs.action_log import Status
from holdfast_tui.widgets.banner import Banner

pytestmark = pytest.mark.anyio

NOT_THERE = "The database was moved or replaced."


@pytest.fixture(autouse=True)
def always_looks(monkeypatch):
    """Each use of the file looks at it, not only one in a while."""
    monkeypatch.setattr(open_file, "LOOK", -1.0)


def delete(path):
    path.unlink()


def move(path):
    path.rename(path.with_name("elsewhere.db"))


def replace(path):
    shutil.copy(path, path.with_name("copy.db"))
    path.with_name("copy.db").replace(path)


def delete_log(path):
    path.with_name(f"{path.name}-wal").unlink()


WAYS = [
    pytest.param(delete, "start again", id="deleted"),
    pytest.param(move, "Put it back in its place with its -wal file", id="moved"),
    pytest.param(replace, "start again with the file that you want", id="replaced"),
    pytest.param(delete_log, "-wal was deleted or replaced", id="log deleted"),
]


def banner(driver):
    """The first line of the screen, if it is the banner."""
    shown = driver.app.screen.query_one(Banner)
    return driver.lines[shown.region.y] if shown.display else ""


# A file that is not in its place.


@pytest.mark.parametrize(("do", "said"), WAYS)
@pytest.mark.parametrize("size", [(40, 12), (80, 24), (160, 45)], ids=str)
async def test_a_banner_says_so_and_what_was_read_stays(opened, path, seeder, do, said, size):
    seeder.run("brave-emu")
    async with opened(path, size=size) as driver:
        do(path)
        await driver.hears(said)
        driver.app.clear_notifications()
        await driver.until(lambda: NOT_THERE in banner(driver))
        assert ("Nothing can be changed until it is back." in banner(driver)) == (size[0] >= 80)
        assert "brave-emu" in driver.text


@pytest.mark.parametrize("key", ["r", "p", "s", "c", "R", "n", "N"])
async def test_every_verb_is_dimmed_and_says_what_to_do(opened, path, seeder, key):
    run_id = seeder.run("brave-emu")
    async with opened(path) as driver:
        move(path)
        await driver.sees(NOT_THERE)
        driver.app.clear_notifications()
        assert not driver.app.screen.active_bindings[key].enabled
        await driver.press(key)
        await driver.hears("Put it back in its place")
        assert driver.app.screen is driver.app.main
    path.with_name("elsewhere.db").rename(path)
    assert queries.get_flow_run(seeder.database, run_id).request is None


@pytest.mark.parametrize("text", ["cancel", "cancel brave-emu", "start report/daily"])
async def test_a_command_does_not_get_around_it(opened, path, seeder, text):
    seeder.run("brave-emu")
    async with opened(path, size=(200, 24)) as driver:
        move(path)
        await driver.sees(NOT_THERE)
        await driver.press("colon", *text, "enter")
        await driver.until(lambda: any("was deleted or moved" in line for line in driver.lines[-3:]))


async def test_verbs_come_back_with_the_file(opened, path, seeder):
    run_id = seeder.run("brave-emu")
    async with opened(path) as driver:
        move(path)
        await driver.sees(NOT_THERE)
        path.with_name("elsewhere.db").rename(path)
        await driver.sees_no(NOT_THERE)
        assert not banner(driver)
        assert driver.app.screen.active_bindings["p"].enabled
        await driver.press("p", "y")
        await driver.hears("Asked brave-emu to pause")
    assert queries.get_flow_run(seeder.database, run_id).request is not None


async def test_what_others_did_meanwhile_is_read_when_the_file_is_back(opened, path, seeder):
    seeder.run("brave-emu")
    async with opened(path) as driver:
        move(path)
        await driver.sees(NOT_THERE)
        other = path.with_name("elsewhere.db")
        other.rename(path)
        seeder.run("calm-heron")
        await driver.sees("calm-heron")


SCREENS = {
    "inbox": (("i",), None),
    "deployments": (("3",), None),
    "workers": (("4",), None),
    "run page": (("enter",), RunPage),
    "task page": (("slash", *"golden-otter", "enter", "enter", "tab", "tab", "home", "down", "enter"), TaskPage),
    "actions": (("A",), ActionsScreen),
    "deployment page": (("3", "enter"), DeploymentPage),
    "form": (("i", "r"), AnswerScreen),
}


@pytest.mark.parametrize(("keys", "kind"), SCREENS.values(), ids=SCREENS)
async def test_every_screen_has_the_banner(opened, path, keys, kind):
    release_story(path)
    database = Database(path)
    deployment_story(Seeder(database))
    database.close()
    async with opened(path) as driver:
        await driver.press(*keys)
        await driver.until(lambda: kind is None or isinstance(driver.app.screen, kind))
        move(path)
        await driver.until(lambda: NOT_THERE in banner(driver))


@pytest.mark.parametrize("key", ["enter", "A", "i", "3", "4"])
async def test_a_screen_that_is_opened_then_has_the_banner(opened, path, seeder, key):
    seeder.run("brave-emu")
    async with opened(path) as driver:
        move(path)
        await driver.sees(NOT_THERE)
        await driver.press(key)
        await driver.until(lambda: NOT_THERE in banner(driver))


async def test_what_was_confirmed_as_the_file_went_is_refused_with_a_sentence(opened, path, seeder):
    seeder.run("brave-emu")
    async with opened(path) as driver:
        await driver.press("p")
        assert isinstance(driver.app.screen, ConfirmScreen)
        move(path)
        await driver.press("y")
        await driver.hears("Put it back in its place")
        assert next(iter(driver.app.actions)).status is Status.REFUSED


async def form_of(driver):
    await driver.press("i", "r")
    await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen) and driver.app.screen.query(Input))
    await driver.settle()
    return driver.app.screen


@pytest.fixture
def question(seeder):
    """A run that asks for one text."""
    schema = {"type": "object", "properties": {"amount": {"type": "string"}}, "required": ["amount"]}
    return seeder.wait(seeder.run("brave-emu"), schema=schema, deadline=None)


async def test_an_answer_is_not_acknowledged_and_stays_in_its_form(opened, path, seeder, question):
    async with opened(path) as driver:
        form = await form_of(driver)
        await driver.press(*"ten")
        move(path)
        await driver.press("ctrl+s")
        await driver.sees("Put it back in its")
        assert driver.app.screen is form
        path.with_name("elsewhere.db").rename(path)
        await driver.until(lambda: not banner(driver))
        await driver.press("ctrl+s")
        await driver.until(lambda: driver.app.screen is driver.app.main)
    assert queries.get_waits(seeder.database, question.flow_run_id)[0].answer.value == {"amount": "ten"}


# A lock of another program's, and a full disk.


_HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
"""


class Lock:
    """Another program that writes for a long time."""

    said = "is locked: another program has been writing to it"
    banner = "The database is locked."

    def __init__(self, path):
        self.path = path
        self.process = None

    def begin(self):
        command = [sys.executable, "-c", _HOLD, str(self.path)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "held\n"

    def end(self):
        if self.process is not None:
            self.process.communicate("\n")
            self.process = None


class FullDisk:
    """A disk without room."""

    said = "the disk is full"
    banner = "The disk is full."

    def __init__(self, disk):
        self.disk = disk
        self.path = disk.folder / "holdfast.db"

    def begin(self):
        self.disk.fill()

    def end(self):
        self.disk.make_room()


@pytest.fixture(params=["lock", "full disk"])
def plight(request, path, monkeypatch):
    """What keeps the app from writing for a while; nobody waits long for it."""
    monkeypatch.setitem(Database.__init__.__kwdefaults__, "busy_timeout", 0.1)
    made = Lock(path) if request.param == "lock" else FullDisk(request.getfixturevalue("small_disk"))
    made.database = Database(made.path)
    yield made
    made.database.close()
    if isinstance(made, Lock):
        made.end()


def running(seeder):
    seeder.run("brave-emu")


def failed(seeder):
    seeder.state(seeder.run("brave-emu"), "Failed")


def asking_for_nothing(seeder):
    seeder.wait(seeder.run("brave-emu"), schema=None, deadline=None)


def several(seeder):
    for name in ("brave-emu", "calm-heron", "bold-otter"):
        seeder.run(name)


def deployed(seeder):
    deploy(seeder, "daily", schema=NOTHING, parameters={}, schedules=[Interval(timedelta(hours=1))])


def stopped(seeder):
    deploy(seeder, "daily", schedules=[Interval(timedelta(hours=1))], paused=True)


VERBS = {
    "pause": (running, ("p", "y")),
    "suspend": (running, ("s", "y")),
    "cancel": (running, ("c", "y")),
    "retry": (failed, ("R", "y")),
    "go on": (asking_for_nothing, ("i", "r", "y")),
    "triage": (asking_for_nothing, ("i", "enter", "y")),
    "pause several": (several, ("space", "space", "space", "p", "y")),
    "start": (deployed, ("3", "n", "y")),
    "pause a schedule": (deployed, ("3", "p", "y")),
    "resume a schedule": (stopped, ("3", "r", "y")),
    "delete a deployment": (deployed, ("3", "D", "y")),
}


def dump(database):
    """All that is stored."""
    with database.read() as connection:
        return [*connection.iterdump()]


@pytest.mark.parametrize(("seed", "keys"), VERBS.values(), ids=VERBS)
async def test_a_verb_gives_one_sentence_and_changes_nothing(opened, plight, seed, keys):
    seed(Seeder(plight.database))
    async with opened(plight.path) as driver:
        await driver.press(*keys[:-1])
        await driver.until(lambda: isinstance(driver.app.screen, ConfirmScreen))
        before = dump(plight.database)
        plight.begin()
        await driver.press(keys[-1])
        await driver.hears(plight.said)
        assert driver.said.count(plight.said) == 1
        assert all(each.status is Status.REFUSED for each in driver.app.actions)
        assert not driver.app.screen.query(".problem")
        assert dump(plight.database) == before


async def test_several_runs_are_told_apart_where_the_disk_fills_up_in_between(opened, path, seeder, monkeypatch):
    several(seeder)
    ask, begun = VerbCalls.ask, []

    def filling_up(calls, verb, run):
        begun.append(run.name)
        if len(begun) == 2:
            raise StoreFull("the disk is full.")
        return ask(calls, verb, run)

    monkeypatch.setattr(VerbCalls, "ask", filling_up)
    async with opened(path) as driver:
        await driver.press("space", "space", "space", "p", "y")
        await driver.until(lambda: isinstance(driver.app.screen, ReportScreen))
        assert "1 run asked to pause, 2 runs not started." in driver.text
        assert [each.status for each in driver.app.actions] == [Status.ASKED, Status.REFUSED, Status.REFUSED]


async def test_the_app_reads_and_says_that_what_is_due_has_to_wait(opened, plight):
    seeder = Seeder(plight.database)
    running(seeder)
    deploy(seeder, "daily")
    async with opened(plight.path) as driver:
        plight.begin()
        await driver.press("p", "y")
        await driver.until(lambda: plight.banner in banner(driver))
        assert "Deadlines, schedules and recovery wait." in banner(driver)
        for key, seen in (("3", "daily"), ("1", "brave-emu"), ("enter", "Parameters")):
            await driver.press(key)
            await driver.sees(seen)
        await driver.press("escape")
        assert driver.app.screen.active_bindings["p"].enabled
        plight.end()
        await driver.until(lambda: not banner(driver))
        await driver.press("p", "y")
        await driver.hears("Asked brave-emu to pause")


async def test_a_database_is_opened_and_read_on_a_full_disk_and_under_a_lock(opened, plight):
    running(Seeder(plight.database))
    plight.begin()
    async with opened(plight.path) as driver:
        await driver.sees("brave-emu")
        assert driver.app.screen is driver.app.main


async def test_what_was_typed_stays_in_its_form_until_it_can_be_sent(opened, plight):
    schema = {"type": "object", "properties": {"amount": {"type": "string"}}, "required": ["amount"]}
    seeder = Seeder(plight.database)
    asked = seeder.wait(seeder.run("brave-emu"), schema=schema, deadline=None)
    async with opened(plight.path) as driver:
        form = await form_of(driver)
        await driver.press(*"ten")
        plight.begin()
        await driver.press("ctrl+s")
        await driver.until(lambda: plight.said in driver.prose)
        assert driver.app.screen is form
        assert form.query_one(Input).value == "ten"
        plight.end()
        await driver.press("ctrl+s")
        await driver.until(lambda: driver.app.screen is driver.app.main)
    assert queries.get_waits(plight.database, asked.flow_run_id)[0].answer.value == {"amount": "ten"}


async def test_the_form_of_a_new_run_stays_until_it_can_be_started(opened, plight):
    deploy(Seeder(plight.database), "daily")
    async with opened(plight.path) as driver:
        await driver.press("3", "n")
        await driver.until(lambda: isinstance(driver.app.screen, AnswerScreen) and driver.app.screen.query(Input))
        form = driver.app.screen
        await driver.press(*"west")
        plight.begin()
        await driver.press("ctrl+s")
        await driver.until(lambda: plight.said in driver.prose)
        assert driver.app.screen is form
        plight.end()
        await driver.press("ctrl+s")
        await driver.hears("is scheduled")


async def test_what_was_typed_into_a_form_that_is_left_is_there_again_though_no_draft_could_be_written(opened, plight):
    schema = {"type": "object", "properties": {"amount": {"type": "string"}}, "required": ["amount"]}
    seeder = Seeder(plight.database)
    seeder.wait(seeder.run("brave-emu"), schema=schema, deadline=None)
    async with opened(plight.path) as driver:
        await form_of(driver)
        plight.begin()
        await driver.press(*"ten", "escape")
        await driver.hears("Your draft is kept while the app is open, but is not saved on disk.")
        form = await form_of(driver)
        assert form.query_one(Input).value == "ten"


class Standing(Background):
    """A worker of which nothing is known but what holds it up."""

    error = None

    @property
    def held_up(self):
        return self.error

    def start(self, path):
        """It does nothing."""


async def test_what_holds_the_apps_worker_up_is_shown_until_it_goes_on(path, seeder):
    background = Standing()
    app = HoldfastApp(path, background=background)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        driver = Driver(app, pilot)
        await driver.until(lambda: app.database_name)
        background.error = StoreFull(f"{path} cannot grow: the disk is full. Make room and try again.")
        await driver.sees("The disk is full. Deadlines, schedules and recovery wait.")
        background.error = None
        await driver.until(lambda: not banner(driver))
