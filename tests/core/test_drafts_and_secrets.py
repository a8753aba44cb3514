"""Drafts in the store, and secrets: they reach the flow and are shown nowhere."""

import json
from dataclasses import dataclass

import pytest
from pydantic import BaseModel, Field, SecretBytes, SecretStr

from holdfast import as_json, flow, pause_flow_run, resume_flow_run
from holdfast.cli.commands.show import _lines
from holdfast.engine import everything
from holdfast.engine.waits import kept_drafts as engine
from holdfast.exceptions import AlreadyDecidedError
from holdfast.records import DraftOf, Origin, WaitStatus
from holdfast.schedules import CatchUp
from holdfast.states import named
from holdfast.store import deployments, drafts, queries, runs, waits
from holdfast.store.ids import new_id
from holdfast.values.fitting import fitted
from holdfast.values.to_json import written

SCHEMA = {"type": "object", "title": "Q", "properties": {"x": {"type": "string"}}}
WAIT = DraftOf.WAIT


@pytest.fixture
def asked(db, make_wait):
    return make_wait()


@pytest.fixture
def make_wait(db):
    from holdfast.engine.results import encode_parameters

    def make(schema=SCHEMA):
        run_id = new_id()
        runs.create(db, runs.NewRun(run_id, "a-run", "a-flow", named("Running"), Origin(None, "/", "python"),
                                    encode_parameters({})), "ana")  # fmt: skip
        return waits.open_wait(
            db, run_id, key="k", schema=schema, initial=None, description=None, deadline=None, actor="ana"
        )

    return make


# ---- drafts


def test_a_draft_is_found_again_as_it_was(db, asked):
    body = {"text": "a\ud800", "big": 2**70, "edits": {"a": [1, None]}}
    assert drafts.keep(db, WAIT, asked.id.hex, "ana", body)
    found = drafts.find(db, WAIT, asked.id.hex, "ana")
    assert (found.author, found.body) == ("ana", body)


def test_a_new_draft_replaces_the_authors_last_one(db, asked):
    for n in (1, 2):
        drafts.keep(db, WAIT, asked.id.hex, "ana", {"n": n})
    drafts.keep(db, WAIT, asked.id.hex, "bo", {"n": 3})
    assert [drafts.find(db, WAIT, asked.id.hex, who).body["n"] for who in ("ana", "bo", "cy")] == [2, 3, 3]


def test_a_discarded_draft_is_gone_and_others_stay(db, asked):
    drafts.keep(db, WAIT, asked.id.hex, "ana", {"n": 1})
    drafts.keep(db, WAIT, asked.id.hex, "bo", {"n": 2})
    drafts.discard(db, WAIT, asked.id.hex, "bo")
    assert drafts.find(db, WAIT, asked.id.hex, "bo").author == "ana"


def test_drafts_go_when_the_answer_is_accepted_and_none_is_kept_afterwards(db, asked):
    drafts.keep(db, WAIT, asked.id.hex, "ana", {"n": 1})
    waits.give_answer(db, asked.id.hex, {"x": "a"}, "ana", "app")
    assert drafts.find(db, WAIT, asked.id.hex, "ana") is not None  # the flow may yet object
    waits.accept(db, asked.id.hex)
    assert drafts.find(db, WAIT, asked.id.hex, "ana") is None
    assert not drafts.keep(db, WAIT, asked.id.hex, "ana", {"n": 2})
    assert drafts.find(db, WAIT, asked.id.hex, "ana") is None


def test_drafts_go_when_the_run_ends(db, asked):
    drafts.keep(db, WAIT, asked.id.hex, "ana", {"n": 1})
    runs.set_state(db, asked.flow_run_id.hex, named("Failed"), "ana")
    assert waits.get_wait(db, asked.id.hex).status is WaitStatus.WITHDRAWN
    assert drafts.find(db, WAIT, asked.id.hex, "ana") is None


def test_a_draft_goes_with_the_row_that_it_is_for(db, asked):
    drafts.keep(db, WAIT, asked.id.hex, "ana", {"n": 1})
    with db.write() as connection:
        connection.execute("DELETE FROM wait WHERE id = ?", (asked.id.hex,))
    assert drafts.find(db, WAIT, asked.id.hex, "ana") is None


def test_drafts_go_when_their_deployment_is_deleted(db):
    origin = Origin("/flows/report.py:report", "/flows", "python")
    new = deployments.NewDeployment("report", "by-hand", origin, b"J{}", None, (), (), CatchUp.ONCE, None, None)
    made = deployments.save(db, new)
    assert drafts.keep(db, DraftOf.DEPLOYMENT, made.id.hex, "ana", {"region": "south"})
    deployments.delete(db, made.id, "ben")
    assert drafts.find(db, DraftOf.DEPLOYMENT, made.id.hex, "ana") is None


def test_nothing_is_kept_for_what_is_not_there(db):
    for of in DraftOf:
        assert not drafts.keep(db, of, new_id(), "ana", {"n": 1})


def test_a_draft_of_a_message_goes_when_the_run_no_longer_waits_for_it(db, asked, make_listener):
    listener = make_listener(asked.flow_run_id.hex)
    assert drafts.keep(db, DraftOf.LISTENER, listener, "ana", {"n": 1})
    with db.write() as connection:
        connection.execute("DELETE FROM listener")
    assert drafts.find(db, DraftOf.LISTENER, listener, "ana") is None


@pytest.fixture
def make_listener(db):
    def make(run_id):
        from holdfast.store.schemas import save_schema

        listener_id = new_id()
        with db.write() as connection:
            digest = save_schema(connection, SCHEMA)
            connection.execute(
                "INSERT INTO listener (id, flow_run_id, lasting, key, type_digest, opened_at, schema_digest) "
                "VALUES (?, ?, 1, 'k', 'd', 0, ?)",
                (listener_id, run_id, digest),
            )
        return listener_id

    return make


def test_the_author_is_who_acts(db, asked, monkeypatch):
    monkeypatch.setenv("HOLDFAST_USER", "cy")
    engine.keep(db, WAIT, asked.id, {"n": 1})
    assert engine.find(db, WAIT, asked.id).author == "cy"
    engine.keep(db, WAIT, asked.id, None)
    assert engine.find(db, WAIT, asked.id) is None


# ---- secrets


def plain(given):
    return fitted(None, written(given))


class Login(BaseModel):
    user: str
    password: SecretStr
    keys: list[SecretStr] = []
    table: dict[str, SecretBytes] = {}
    aliased: SecretStr = Field(default=SecretStr(""), alias="theAlias")


@dataclass
class Plain:
    token: SecretStr


@pytest.mark.parametrize(
    "given",
    [
        Login(user="a", password="hunter2", keys=["k1"], table={"t": b"t1"}, theAlias="s1"),
        {"user": "a", "password": SecretStr("hunter2"), "keys": [SecretStr("k1")], "table": {"t": SecretBytes(b"t1")},
         "theAlias": SecretStr("s1")},
    ],
)  # fmt: skip
def test_a_secret_that_is_given_in_python_arrives(given):
    assert plain(given) == {
        "user": "a", "password": "hunter2", "keys": ["k1"], "table": {"t": "t1"}, "theAlias": "s1",
    }  # fmt: skip


def test_a_plain_secret_that_is_given_in_python_arrives():
    assert plain(SecretStr("hunter2")) == "hunter2"


def test_a_secret_in_a_dataclass_arrives():
    assert plain(Plain(SecretStr("hunter2"))) == {"token": "hunter2"}


def test_a_flow_gets_its_secret_and_nothing_shows_it(db, person, call, the_run):
    @flow
    def log_in() -> int:
        return len(pause_flow_run(wait_for_input=Login).password.get_secret_value())

    person.answers(Login(user="ana", password="hunter2", theAlias="hunter3"))
    assert call(log_in) == 7
    run = the_run()
    (wait,) = queries.get_waits(db, run.id)
    assert wait.answer.value["password"] == "hunter2"
    shown = [
        as_json.dump(as_json.wait(wait)),
        "\n".join(_lines(everything.gather(db, run))),
        json.dumps([as_json.event(each) for each in queries.get_events(db, run.id)]),
        json.dumps([as_json.log(each) for each in queries.get_logs(db, run.id)]),
    ]
    assert "ana" in shown[1]
    assert "hunter" not in "".join(shown)
    with pytest.raises(AlreadyDecidedError) as caught:
        resume_flow_run(run.id, run_input={"user": "bo", "password": "hunter4"})
    assert "hunter" not in str(caught.value)


def test_a_secret_parameter_of_a_deployment_arrives():
    from holdfast.engine.parameters import as_json as parameters_as_json

    assert parameters_as_json({"token": SecretStr("hunter2")}, None, "flow") == {"token": "hunter2"}


def test_messages_carry_secrets(db, asked):
    from holdfast.engine.messages import sending

    sending.send(db, asked.flow_run_id, Login(user="a", password="hunter2", theAlias="b"))
    (message,) = queries.get_messages(db, asked.flow_run_id)
    assert message.value["password"] == "hunter2"
