"""``holdfast ls``, ``show`` and ``inbox``."""

import pytest

from holdfast.store import queries
from holdfast.store.database import default

from .conftest import let_pass, only_run

RUN_FIELDS = {"flow_run_id", "flow_run_name", "flow_name", "state", "created", "started", "ended"}
WAIT_FIELDS = {
    *(
        "flow_run_id",
        "flow_run_name",
        "flow_name",
        "root_flow_run_name",
        "key",
        "kind",
        "status",
        "replaced",
        "opened",
        "deadline",
        "description",
        "schema",
    ),
    *("initial", "answer", "answered_by", "answered_at", "channel", "objections", "closed"),
}


@pytest.fixture
def three(call):
    """A run that completed, one that failed and one that waits, in this order."""
    call("greet", name="Ana")
    call("broken")
    call("parked")
    return list(reversed(queries.list_flow_runs(default())))


def test_runs_are_listed_with_the_newest_first(three, invoke):
    lines = invoke("ls").out.splitlines()

    assert lines[0].split() == ["FLOW", "RUN", "FLOW", "STATE", "STARTED", "ID"]
    for line, run in zip(lines[1:], reversed(three), strict=True):
        assert line.startswith(run.name)
        assert line.split()[1:3] == [run.flow_name, run.state.name]
        assert str(run.id).startswith(line.split()[-1])


def test_a_root_says_for_which_run_it_waits_and_what_that_asks(call, invoke):
    call("review")
    child, root = queries.list_flow_runs(default())
    lines = invoke("ls").out.splitlines()
    assert lines[0].endswith("WAITS FOR")
    assert next(line for line in lines if line.startswith(root.name)).endswith(f"{child.name}: Release 1.10?")
    assert next(line for line in lines if line.startswith(child.name)).endswith(str(child.id)[:13])
    asked = invoke("inbox")
    assert asked.out.splitlines()[1].endswith(f"Release 1.10?  {root.name}")
    (wait,) = invoke("inbox", "--json").json
    assert wait["root_flow_run_name"] == root.name


def test_as_json_runs_are_an_array(three, invoke):
    listed = invoke("ls", "--json").json

    assert [each["flow_run_name"] for each in listed] == [run.name for run in reversed(three)]
    first = listed[0]
    assert first.keys() >= RUN_FIELDS
    assert first["flow_run_id"] == str(three[-1].id)
    assert first["flow_name"] == "parked"
    assert first["state"]["type"] == "PAUSED"
    assert first["state"]["name"] == "Suspended"
    assert first["created"].endswith("+00:00")


def test_no_runs_are_an_empty_array(invoke):
    assert invoke("ls", "--json").json == []
    assert invoke("inbox", "--json").json == []


def test_no_runs_are_no_lines_and_a_hint(invoke):
    result = invoke("ls")

    assert (result.code, result.out) == (0, "")
    assert result.err == "No flow has run yet. Start one with: holdfast run FILE.py\n"


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--state", "failed"], ["broken"]),
        (["--state", "Suspended", "--state", "COMPLETED"], ["parked", "greet"]),
        (["--flow", "greet"], ["greet"]),
        (["ROK"], ["broken"]),
        (["--limit", "2"], ["parked", "broken"]),
        (["nothing-like-it"], []),
    ],
)
def test_a_list_can_be_narrowed(three, invoke, arguments, names):
    assert [each["flow_name"] for each in invoke("ls", "--json", *arguments).json] == names


def test_a_list_that_was_cut_says_so(three, invoke):
    assert invoke("ls", "--limit", "2").err == "These are the newest 2 of 3. List more with --limit.\n"
    assert invoke("ls", "--limit", "3").err == ""


def test_an_unknown_state_is_refused_with_those_there_are(invoke):
    result = invoke("ls", "--state", "stuck")

    assert result.code == 2
    assert result.err.startswith("There is no state 'stuck'. The states are Scheduled,")


def test_the_inbox_lists_what_waits(three, invoke):
    lines = invoke("inbox").out.splitlines()

    assert lines[0].split() == ["FLOW", "RUN", "FLOW", "KEY", "DEADLINE", "ASKS", "FOR"]
    assert lines[1].split() == [three[-1].name, "parked", "1", "in", "1", "h", "Release", "1.10?"]
    assert len(lines) == 2


def test_as_json_a_wait_has_all_that_it_takes_to_answer_it(three, invoke):
    (wait,) = invoke("inbox", "--json").json

    assert wait.keys() == WAIT_FIELDS
    assert (wait["key"], wait["status"]) == ("1", "open")
    assert wait["flow_run_id"] == str(three[-1].id)
    assert "approve" in wait["schema"]["properties"]
    assert wait["initial"]["rollout"] == 25
    assert wait["description"].startswith("# Release")
    assert wait["answer"] is None


def test_an_empty_inbox_says_so(invoke):
    result = invoke("inbox")

    assert (result.code, result.out, result.err) == (0, "", "Nothing waits for an answer.\n")


def test_a_wait_past_its_deadline_is_not_listed_and_its_run_has_failed(call, invoke):
    call("parked", timeout=0.01)
    (wait,) = queries.get_waits(default(), only_run().id)
    let_pass(wait.deadline)

    assert invoke("inbox", "--json").json == []
    assert [each["state"]["name"] for each in invoke("ls", "--json").json] == ["Failed"]


def test_a_run_is_shown_with_all_there_is_to_it(paused, invoke):
    running, run = paused("decide")
    invoke("resume", run.name, "-i", "approve=yes", "-i", "note=fine")
    running.end()

    text = invoke("show", run.name).out

    assert text.startswith(f"{run.name}  decide\n")
    for part in (
        str(run.id),
        "Completed",
        "flows.py:decide",
        "build",
        "question 1 answered",
        '"note": "fine"',
        "by tester",
    ):
        assert part in text


def test_as_json_a_run_is_one_object(paused, invoke):
    running, run = paused("decide")
    invoke("resume", run.name, "-i", "approve=yes")
    running.end()

    shown = invoke("show", str(run.id), "--json").json

    assert shown.keys() >= RUN_FIELDS
    assert shown["result"]["approve"] is True
    assert shown["parameters"] == {}
    assert [each["task_name"] for each in shown["task_runs"]] == ["build"]
    (wait,) = shown["waits"]
    assert (wait["status"], wait["answered_by"], wait["channel"]) == ("decided", "tester", "cli")
    assert wait["answer"]["approve"] is True
    states = [event["after"] for event in shown["events"] if event["kind"] == "state" and not event["task_run_id"]]
    assert states == ["Running", "Paused", "Running", "Completed"]


def test_what_would_happen_if_a_run_went_on_is_told(call, invoke):
    call("parked")
    told = invoke("show", only_run().name, "--what-if")
    assert told.code == 0
    assert "Its code starts again from the top" in told.out
    assert "Still asked" in told.out
    assert "Not changed since the run last loaded it" in told.out


def test_what_would_happen_as_json_has_names(paused, invoke):
    paused("decide")
    told = invoke("show", only_run().name, "--what-if", "--json").json
    assert told["how"] == "in place"
    assert len(told["still_asked"]) == 1
    assert told["code"]["state"] == "same"


def test_a_secret_is_not_told_with_what_would_happen(paused, invoke):
    running, run = paused("signs_in")
    assert invoke("resume", run.name, "-i", "password=hunter2", "-i", "user=ana").code == 0
    running.end()
    told = invoke("show", run.name, "--what-if")
    assert "Answers used again" in told.out
    assert "ana" in told.out
    assert "hunter2" not in told.out


def test_a_run_that_failed_shows_its_error(call, invoke):
    call("broken")
    (run,) = queries.list_flow_runs(default())

    text = invoke("show", run.name).out

    assert "ValueError: no␛[2J such luck" in text
    assert "\x1b" not in text


def test_a_run_is_named_by_id_prefix_or_name(call, invoke):
    call("greet")
    (run,) = queries.list_flow_runs(default())

    for reference in (run.name, str(run.id), run.id.hex, str(run.id)[:13]):
        assert invoke("show", reference, "--json").json["flow_run_id"] == str(run.id)


def test_an_unknown_run_is_refused(invoke):
    result = invoke("show", "nobody")

    assert result.code == 2
    assert result.err == "No flow run has the name 'nobody' or an id that begins with it.\n"


def test_a_prefix_of_several_ids_is_refused(three, invoke):
    result = invoke("show", str(three[0].id)[:4])

    assert result.code == 2
    assert "matches several flow runs" in result.err


def test_tables_fit_a_narrow_terminal(three, terminal):
    screen = terminal("ls")

    assert screen.end() == 0
    assert len(screen.text.splitlines()) == 4
    assert all(len(line) <= 80 for line in screen.text.splitlines())


def test_colour_is_for_terminals_that_want_it(three, terminal, command):
    coloured, plain = terminal("ls"), terminal("ls", NO_COLOR="1")

    assert coloured.end() == plain.end() == 0
    assert "\x1b[33mSuspended\x1b[0m" in coloured.raw
    assert "\x1b[" not in plain.raw
    assert "\x1b[" not in command("ls").out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["broken"], ["broken"]),
        (["state:failed"], ["broken"]),
        (["flow:par*", "state:paused,failed"], ["parked"]),
        (["!state:completed"], ["parked", "broken"]),
        (["~brken"], ["broken"]),
        (["age>2h"], []),
        (["age<2h", "--state", "failed", "--state", "completed"], ["broken", "greet"]),
        (["--", "-state:completed"], ["parked", "broken"]),
        (["--sort", "flow"], ["broken", "greet", "parked"]),
        (["--sort", "flow", "--reverse"], ["parked", "greet", "broken"]),
        (["--sort", "state"], ["parked", "broken", "greet"]),
    ],
)
def test_runs_are_filtered_and_sorted_in_the_words_of_the_app(three, invoke, words, expected):
    listed = invoke("ls", "--json", *words).json
    assert [each["flow_name"] for each in listed] == expected


def test_a_word_that_makes_no_sense_is_said_in_a_sentence(three, invoke):
    result = invoke("ls", "state:pasued")
    assert (result.code, result.out) == (2, "")
    assert "There is no state 'pasued': did you mean paused?" in result.err


def test_python_lists_runs_in_the_same_words(three):
    import holdfast

    assert [run.flow_name for run in holdfast.list_flow_runs(where="flow:gr* state:completed")] == ["greet"]
    with pytest.raises(ValueError, match="did you mean paused"):
        holdfast.list_flow_runs(where="state:pasued")


def test_a_wait_whose_deadline_passes_while_it_is_opened_leaves_no_run_suspended(call, invoke):
    call("parked", timeout=0)

    assert invoke("inbox", "--json").json == []
    assert [each["state"]["name"] for each in invoke("ls", "--json").json] == ["Failed"]
