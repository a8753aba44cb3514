"""Records as JSON: nothing is left out, and no secret is in it."""

from __future__ import annotations

import json

from pydantic import BaseModel, SecretStr

from holdfast import as_json, flow, pause_flow_run, task
from holdfast.engine import everything
from holdfast.store import queries
from holdfast.values.masks import mask


class Login(BaseModel):
    user: str
    password: SecretStr
    tokens: list[SecretStr] = []


SCHEMA = Login.model_json_schema()


def test_secrets_of_an_answer_are_masked_and_all_else_is_as_it_was():
    shown = mask(SCHEMA, {"user": "ana", "password": "hunter2", "tokens": ["a-token"]})
    assert shown["user"] == "ana"
    assert "hunter2" not in json.dumps(shown)
    assert "a-token" not in json.dumps(shown)
    assert mask({"type": "object"}, {"password": "seen"}) == {"password": "seen"}
    assert mask(None, None) is None


def test_secret_is_in_no_json_of_its_run(db, person):
    @flow
    def asks():
        pause_flow_run(wait_for_input=Login)

    person.answers({"user": "ana", "password": "hunter2"})
    asks()
    run = queries.list_flow_runs(db)[0]
    text = json.dumps(as_json.everything(everything.gather(db, run)))
    assert '"user": "ana"' in text
    assert "hunter2" not in text


def test_long_lists_are_whole(db, monkeypatch):
    monkeypatch.setattr(everything, "_PAGE", 3)

    @task
    def work(number):
        return number

    @flow
    def many():
        for number in range(7):
            work(number)

    many()
    run = queries.list_flow_runs(db)[0]
    found = everything.gather(db, run)
    assert [each.name for each in found.task_runs] == [f"work-{number}" for number in range(1, 8)]
    assert [each.seq for each in found.events] == sorted({each.seq for each in found.events})


def test_json_of_a_task_has_its_inputs_result_and_log(db):
    @task(log_prints=True)
    def double(number):
        print("doubling")
        return number * 2

    @flow
    def work():
        double(21)

    work()
    run = queries.list_flow_runs(db)[0]
    (of,) = queries.get_task_runs(db, run.id)
    found = as_json.everything_of_task(everything.gather_task(db, run.id, of.id))
    assert (found["inputs"], found["result"]) == ({"number": "21"}, 42)
    assert [line["message"] for line in found["logs"]] == ["doubling"]
