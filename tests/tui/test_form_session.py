"""The state of a form that is being filled in, and when its draft is written: no widgets, no app, no time."""

import asyncio
import datetime as dt
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from holdfast.forms.nodes import TextNode
from holdfast.records import Draft
from holdfast.values.asked_schema import AskedSchema
from holdfast.values.json_text import UnreadableError
from holdfast_tui.forms.draft_writer import PAUSE, DraftWriter
from holdfast_tui.forms.session import FormSession, UnsentAnswer

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)


class Person(BaseModel):
    name: str
    age: int = 3


class Login(BaseModel):
    user: str
    password: SecretStr


def session(model: type[BaseModel] = Person, initial: dict[str, Any] | None = None, **more: Any) -> FormSession:
    schema = model.model_json_schema(schema_generator=AskedSchema)
    return FormSession(schema, initial, clock=lambda: NOW, **more)


def fill(form: FormSession, **texts: str) -> FormSession:
    for name, text in texts.items():
        node = form.model.find((name,))
        assert isinstance(node, TextNode)
        node.text = text
    return form


def stored(body: Any) -> Draft:
    return Draft("ana", NOW - dt.timedelta(minutes=10), body)


# ---- as fields, or the whole as JSON


def test_a_form_begins_with_its_fields_and_nothing_to_keep():
    form = session(initial={"name": "Bea"})
    assert (form.as_json, form.json_text, form.offered, form.sending) == (False, None, "", False)
    assert form.draft() is None
    assert not form.unsent().begun


def test_the_json_text_shows_what_was_filled_in():
    form = fill(session(), name="Ana")
    form.open_json()
    assert form.as_json
    assert form.json_text == '{\n  "name": "Ana",\n  "age": 3\n}'
    assert not form.json_edited


def test_json_that_is_typed_is_in_the_model_once_it_is_loaded():
    form = session()
    form.open_json()
    form.type_json('{"name": "Ana", "age": 4}')
    assert (form.json_edited, form.model.dump()) == (True, {})
    form.load_json()
    assert (form.json_edited, form.as_json, form.model.dump()) == (False, True, {"name": "Ana", "age": 4})
    form.close_json()
    assert not form.as_json


def test_json_that_cannot_be_read_changes_nothing_and_stays():
    form = fill(session(), name="Ana")
    form.open_json()
    form.type_json("{")
    with pytest.raises(UnreadableError, match="line 1, column 2"):
        form.load_json()
    assert (form.json_text, form.model.dump()) == ("{", {"name": "Ana"})


def test_json_that_was_only_looked_at_loses_no_text_that_cannot_be_read():
    form = fill(session(), age="x")
    form.open_json()
    form.load_json()
    form.close_json()
    assert form.model.find(("age",)).text == "x"


def test_what_is_typed_into_the_json_once_it_is_closed_is_not_taken():
    form = session()
    form.type_json("{}")
    assert not form.as_json


# ---- drafts


def test_a_draft_has_what_was_filled_in_and_no_secret():
    form = fill(session(Login), user="ana", password="hunter2")
    assert "hunter2" not in str(form.draft())
    assert session(Login, kept=stored(form.draft())).model.find(("user",)).text == "ana"


def test_a_draft_has_the_json_text_only_while_the_model_has_something_else():
    form = session()
    form.open_json()
    assert form.draft() is None
    form.type_json('{"name": "Ana"')
    assert form.draft()["json"] == '{"name": "Ana"'
    form.type_json('{"name": "Ana"}')
    form.load_json()
    assert "json" not in form.draft()
    assert "Ana" in form.draft()["loaded"]


def test_a_draft_from_the_store_says_whose_and_how_old_it_is():
    form = session(kept=stored(fill(session(), name="Ana").draft()))
    assert form.offered == "Draft from 10m ago by ana."
    assert form.model.dump() == {"name": "Ana"}


def test_a_draft_of_json_text_from_the_store_opens_as_json():
    form = session(kept=stored(session().model.draft('{"name": ')))
    assert (form.json_text, form.json_edited) == ('{"name": ', True)


def test_what_was_left_in_this_app_comes_back_with_its_secret():
    left = fill(session(Login), password="hunter2").unsent()
    form = session(Login, draft=left)
    assert form.offered == "Your earlier input is restored."
    assert form.model.dump() == {"password": "hunter2"}


def test_what_was_left_in_this_app_goes_before_what_is_in_the_store():
    kept = stored(fill(session(), name="Bea").draft())
    form = session(draft=fill(session(), name="Ana").unsent(), kept=kept)
    assert (form.model.dump(), form.offered) == ({"name": "Ana"}, "Draft from 10m ago by ana.")


def test_what_was_left_of_another_question_is_left_aside():
    form = session(draft=fill(session(Login), user="ana").unsent(), initial={"name": "Bea"})
    assert (form.model.dump(), form.offered) == ({"name": "Bea"}, "")


def test_what_was_left_untouched_is_not_offered():
    assert session(draft=session().unsent()).offered == ""


def test_a_text_that_was_left_is_begun_though_no_field_was_filled_in():
    assert UnsentAnswer(session().model, "{}").begun


def test_discarding_begins_with_the_initial_values():
    form = fill(session(initial={"name": "Bea"}, kept=stored(session().model.draft("{"))), name="Ana")
    form.discard()
    assert (form.model.dump(), form.as_json, form.offered) == ({"name": "Bea"}, False, "")
    assert form.draft() is None


# ---- sending


def test_what_is_sent_is_the_value_and_it_is_on_its_way_until_it_is_not_taken():
    form = fill(session(), name="Ana", age="4")
    assert form.send() == {"name": "Ana", "age": 4}
    assert form.sending
    form.not_taken()
    assert not form.sending


def test_objections_stand_until_their_fields_change():
    form = fill(session(objections={("age",): "too young"}), name="Ana")
    assert form.model.objections() == {("age",): "too young"}
    form.send()
    form.not_taken({("name",): "is taken"})
    assert form.model.objections() == {("name",): "is taken"}
    fill(form, name="Bea")
    assert form.model.objections() == {}


def test_an_answer_that_did_not_arrive_leaves_objections_as_they_were():
    form = session(objections={("name",): "is taken"})
    form.send()
    form.not_taken()
    assert form.model.objections() == {("name",): "is taken"}


# ---- when a draft is written


class Desk:
    """Keeps drafts, and has the writer's pauses end when it is told to."""

    def __init__(self, form: FormSession) -> None:
        self.form = form
        self.written: list[Any] = []
        self.pauses: list[Any] = []
        self.writer = DraftWriter(form, self, lambda seconds, then: self.pauses.append((seconds, then)))

    def keep(self, body: Any) -> None:
        self.written.append(body)

    async def keep_now(self, body: Any) -> None:
        self.written.append(body)

    def edit(self, **texts: str) -> None:
        fill(self.form, **texts)
        self.writer.edited()

    def pause(self) -> None:
        pauses, self.pauses = self.pauses, []
        for _, then in pauses:
            then()

    def leave(self) -> None:
        asyncio.run(self.writer.write_now())


def test_edits_are_written_once_after_a_pause():
    desk = Desk(session())
    desk.edit(name="A")
    desk.edit(name="An")
    assert [seconds for seconds, _ in desk.pauses] == [PAUSE]
    assert desk.written == []
    desk.pause()
    assert desk.written == [desk.form.draft()]
    desk.edit(name="Ana")
    desk.pause()
    assert desk.written[1:] == [desk.form.draft()]


def test_what_is_written_already_is_not_written_again():
    desk = Desk(session())
    desk.edit(name="Ana")
    desk.pause()
    desk.writer.edited()
    desk.pause()
    desk.leave()
    assert len(desk.written) == 1


def test_what_came_from_the_store_is_written_already():
    desk = Desk(session(kept=stored(session().model.draft('{"name": '))))
    assert not desk.writer.unwritten
    desk.writer.edited()
    desk.pause()
    desk.leave()
    assert desk.written == []


def test_leaving_writes_what_was_entered_though_nothing_told_of_it():
    desk = Desk(session())
    fill(desk.form, name="Ana")
    assert desk.writer.unwritten
    desk.leave()
    assert desk.written == [desk.form.draft()]


def test_what_was_entered_and_taken_back_is_forgotten_in_the_store_too():
    desk = Desk(session())
    desk.edit(name="Ana")
    desk.pause()
    desk.form.model.find(("name",)).revert()
    desk.leave()
    assert desk.written[1:] == [None]


def test_nothing_is_written_after_a_pause_while_the_answer_is_sent():
    desk = Desk(session())
    desk.edit(name="Ana")
    desk.form.send()
    desk.pause()
    assert desk.written == []
    desk.form.not_taken()
    desk.leave()
    assert desk.written == [desk.form.draft()]


def test_nothing_is_written_once_the_answer_was_taken():
    desk = Desk(session())
    desk.edit(name="Ana")
    desk.form.send()
    desk.writer.stop()
    desk.pause()
    desk.leave()
    assert desk.written == []


def test_a_discarded_draft_is_forgotten_at_once_and_comes_back_by_no_pause():
    desk = Desk(session())
    desk.edit(name="Ana")
    desk.writer.discard()
    desk.pause()
    desk.leave()
    assert desk.written == [None]


def test_a_discarded_text_is_forgotten_too():
    desk = Desk(session())
    desk.form.open_json()
    desk.form.type_json("{")
    desk.writer.edited()
    desk.writer.discard()
    desk.pause()
    assert desk.written == [None]


def test_without_a_keeper_nothing_is_written_but_one_knows_that_something_was_entered():
    pauses: list[Any] = []
    form = session()
    writer = DraftWriter(form, None, lambda *each: pauses.append(each))
    fill(form, name="Ana")
    writer.edited()
    asyncio.run(writer.write_now())
    assert (pauses, writer.unwritten) == ([], True)
    writer.discard()
    assert not writer.unwritten
