"""The screen with the form that answers a question."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, Static, TextArea
from textual.worker import Worker, WorkerError, WorkerState
from typing_extensions import override

from holdfast.forms.fields import Json, Path
from holdfast.forms.model import FormModel
from holdfast.records import Draft
from holdfast.values.json_text import UnreadableError
from holdfast_tui.closing import Dialog
from holdfast_tui.forms.body import FormBody
from holdfast_tui.forms.draft_writer import DraftWriter, Keeper
from holdfast_tui.forms.error_pointer import ErrorPointer
from holdfast_tui.forms.field_menu import DOING, FieldMenu
from holdfast_tui.forms.head_and_foot import FormFoot, FormHead
from holdfast_tui.forms.prose import Prose
from holdfast_tui.forms.rows import NARROW, TALL, FormRow
from holdfast_tui.forms.session import FormSession, UnsentAnswer
from holdfast_tui.forms.texts import Lines
from holdfast_tui.forms.widgets import LEAVING, FieldRow, part_around
from holdfast_tui.text.durations import Clock, system_clock
from holdfast_tui.textual_types import app_of, until_mounted, worker_of
from holdfast_tui.user.keymap import Keyed
from holdfast_tui.widgets.banner import Banner

Submit = Callable[[Json], Mapping[Path, str] | None]
"""Sends an answer, in its own thread. Returns objections by field, or nothing if the answer was accepted."""

_SMALL = 20
"""Below this height there is no frame."""

_SENDING = "answer"
"""The group of the worker that sends the answer."""

_OBJECTIONS = "objections"
"""The group of workers that show objections."""

_TURNS = "turns"
"""The group of workers that make parts for a key. Meanwhile the app still reacts to Esc."""


@dataclass(frozen=True)
class AnswerResult:
    """The result of the screen: an accepted answer, or a draft."""

    value: Json = None
    draft: UnsentAnswer | None = None

    @property
    def sent(self) -> bool:
        """Whether the answer was accepted."""
        return self.draft is None


class AnswerScreen(Keyed, Dialog[AnswerResult | None]):
    """A form over a JSON Schema. It stays open, and loses nothing, until the answer is accepted or Esc is pressed.

    It shows a `FormSession` and delegates to its parts: drafts to the `DraftWriter`, errors to the `ErrorPointer`,
    actions on one field to the `FieldMenu`, and the parts of the form to the `FormBody`.
    """

    DEFAULT_CSS = """
    AnswerScreen {
        align: center middle;

        & > #answer {
            width: 100%;
            max-width: 100;
            height: auto;
            max-height: 100%;
            padding: 0 1;
            border: round $primary;
            background: $surface;
        }
        &.-small > #answer { border: none; }
        &.-small #answer--head { height: 1; }
        &.-tall FormRow, &.-tall RowsFoot { margin-bottom: 1; }
        & #answer--draft { display: none; height: auto; color: $foreground 70%; padding-left: 2; margin-bottom: 1; }
        &.-small #answer--draft { margin-bottom: 0; }
        & #answer--changed { height: auto; color: $foreground 70%; padding: 0 2; margin-bottom: 1; }
        & #answer--json { display: none; height: 1fr; min-height: 5; margin: 0 2; }
        &.-small #field, &.-small.-wrong #close { display: none; }

        & TextArea { padding: 0; }
        & Input, & TextArea, & Select > SelectCurrent { background: $foreground 6%; }
        & Input:focus, & TextArea:focus, & Select:focus > SelectCurrent { background: $foreground 14%; }
        & .several-lines { height: auto; min-height: 3; max-height: 8; }
        & Switch, & Switch:focus { height: 1; padding: 0; border: none; background: transparent; }
        & Switch.-on > .switch--slider, &:light Switch.-on > .switch--slider { color: $primary; }
        & Static { width: 1fr; }
    }
    """

    skipped = False
    """Whether it was left to continue with another question."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "submit", "Submit", id="form.submit", priority=True, tooltip="Send the answer"),
        Binding("ctrl+t", "toggle_json", "Form or JSON", id="form.json", priority=True, tooltip="All as JSON"),
        Binding("ctrl+o,f1", "field_menu", "Field", id="form.field", priority=True, tooltip="Actions on a field"),
        Binding("ctrl+n,f8", "next_error(1)", "Next error", id="form.next-error", priority=True),
        Binding("shift+f8", "next_error(-1)", "Prev error", id="form.error-before", priority=True),
        Binding("ctrl+g", "discard", "Discard", id="form.discard", priority=True, tooltip="Discard the draft"),
        Binding("escape", "close", "Close, keep draft", id="form.close"),
    ]

    def __init__(
        self,
        title: str,
        schema: Json,
        submit: Submit,
        *,
        description: str = "",
        initial: Mapping[str, Json] | None = None,
        draft: UnsentAnswer | None = None,
        deadline: datetime | None = None,
        submit_label: str = "Submit",
        clock: Clock = system_clock,
        objections: Mapping[Path, str] | None = None,
        kept: Draft | None = None,
        keeper: Keeper | None = None,
        changed: str = "",
    ) -> None:
        super().__init__()
        self._description = description
        self._submit = submit
        self._session = FormSession(
            schema, initial, draft=draft, kept=kept, objections=objections, changed=changed, clock=clock
        )
        self._head = FormHead(title, deadline, clock, id="answer--head")
        self._body = FormBody(self._session, id="answer--body")
        self._foot = FormFoot(submit_label, id="answer--foot")
        self._drafts = DraftWriter(self._session, keeper, self.set_timer)
        self._errors = ErrorPointer(lambda: () if self._session.as_json else self._body.rows())
        self._menu = FieldMenu(self._session, self._body)
        self._focused_before: Widget | None = None
        self._turn = asyncio.Lock()
        """Held while parts are made for a key, so that those for the next key are made after them."""
        self._started = asyncio.Event()
        """Set while the form has its first parts and the focus."""

    @property
    def model(self) -> FormModel:
        """The form's values."""
        return self._session.model

    @property
    def part(self) -> Widget | None:
        """The part of the form that has the focus."""
        return None if self._session.as_json or self._session.sending else part_around(self.focused)

    # Drawing.

    @override
    def compose(self) -> ComposeResult:
        self._adapt()
        yield Banner()
        with Vertical(id="answer"):
            yield self._head
            yield Static(id="answer--draft")
            with self._body:
                if self._session.changed:
                    yield Static(Content(self._session.changed), id="answer--changed")
                if self._description.strip():
                    yield Prose(self._description)
            yield Lines(id="answer--json", compact=True, highlight_cursor_line=False)
            yield self._foot

    def on_mount(self) -> None:
        """Show the form, its draft and its objections."""
        self._show()
        self._say_offered()
        if objections := self.model.objections():
            self._foot.say(objections.get((), ""))
            self._count_errors()

    def on_resize(self) -> None:
        """Adapt to the size of the terminal."""
        self._adapt()

    def _adapt(self) -> None:
        """Leave out the frame in a small terminal, and add blank lines in a tall one."""
        size = app_of(self).size
        self.set_class(size.height < _SMALL or size.width < NARROW, "-small")
        self.set_class(size.height >= TALL, "-tall")

    def _say_offered(self) -> None:
        text = self._session.offered
        for banner in self.query("#answer--draft").results(Static):
            banner.update(Content(f"{text} ^g discards it."))
            banner.display = bool(text)

    # As fields, or the whole as JSON.

    @property
    def _json(self) -> Lines:
        return self.query_one("#answer--json", Lines)

    def _show(self) -> None:
        """Show the fields or the JSON text, depending on the session."""
        text = self._session.json_text
        self._body.display = text is None
        self._json.display = text is not None
        self._foot.offer_json(text is None)
        if text is not None:
            self._json.text = text
            self.set_focus(self._json)
            self._started.set()
        else:
            self._count_errors()
            self._started.clear()
            self.call_after_refresh(self._focus_start)

    def _focus_start(self) -> None:
        """Focus what should be read or filled in first.

        If the user has started to type already, the focus stays where it is.
        """
        self._started.set()
        if self._body.closing:
            return
        first = self._body.first_field
        here = part_around(self.focused)
        if here is not None and (here is not first or self._drafts.unwritten):
            return
        if first is None:
            self.query_one("#submit").focus(scroll_visible=False)
        else:
            self._body.focus_start(first)

    async def action_toggle_json(self) -> None:
        """Edit the whole as JSON text, or go back to the form."""
        if not await self._is_there() or self._session.sending:
            return
        self._foot.say("")
        if not self._session.as_json:
            self._body.take_typed()
            self._session.open_json()
            self._show()
        elif self._load_json():
            self._in_turn(self._show_fields)

    async def _show_fields(self) -> None:
        await self._body.make_again()
        if await self._is_there():
            self._session.close_json()
            self._show()

    @on(TextArea.Changed, "#answer--json")
    def _take_json(self) -> None:
        if self._session.as_json:
            self._session.type_json(self._json.text)
            if self._session.json_edited:
                self._drafts.edited()

    def _load_json(self) -> bool:
        """Load the JSON text, or show why it cannot be read. Return whether it was loaded."""
        self._session.type_json(self._json.text)
        try:
            self._session.load_json()
        except UnreadableError as error:
            self._foot.say(f"This must be {error}")
            return False
        return True

    def _take_typed(self) -> None:
        """Take the last typed text. While JSON text is shown, it replaces the fields."""
        if self._session.as_json:
            self._session.type_json(self._json.text)
        else:
            self._body.take_typed()

    # Errors.

    async def _point_out(self, errors: Mapping[Path, str]) -> None:
        """Show errors in their rows, and make missing parts first."""
        if not self._session.as_json:
            await self._body.root_made()
            await self._body.reveal(errors)
        self._show_errors(errors)

    def _show_errors(self, errors: Mapping[Path, str]) -> None:
        self._foot.say(self._errors.show(errors))
        self._count_errors()

    def _count_errors(self) -> None:
        self._foot.count_errors(self._errors.summary)
        self.set_class(bool(self._errors.count), "-wrong")

    def action_next_error(self, by: int) -> None:
        """Go to the next field with an error."""
        self._errors.go(by)

    # Sending.

    async def action_submit(self) -> None:
        """Check the answer, and send it if there are no errors."""
        if not await self._is_there() or self._session.sending:
            return
        if self._session.as_json and not self._load_json():
            return
        self._take_typed()
        errors = self.model.errors()
        if errors:
            self._in_turn(partial(self._point_out, errors))
        else:
            self._show_errors(errors)
            value = self._session.send()
            self._show_sending()
            self._send(value)

    @work(thread=True, exit_on_error=False, exclusive=True, group=_SENDING)
    def _send(self, value: Json) -> tuple[Json, Mapping[Path, str] | None]:
        return value, self._submit(value)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Close if the answer was accepted, or else show the objections."""
        worker = worker_of(event)
        if worker.group != _SENDING:
            return
        event.stop()
        if event.state is WorkerState.SUCCESS:
            value, objections = self._sent(worker)
            if objections:
                self._session.not_taken(objections)
                self._show_sending()
                self.run_worker(self._point_out(self.model.objections()), group=_OBJECTIONS)
            else:
                self._drafts.stop()
                self.dismiss(AnswerResult(value=value))
        elif event.state in (WorkerState.ERROR, WorkerState.CANCELLED):
            self._session.not_taken()
            self._show_sending()
            self._foot.say(str(worker.error or "Not sent."))

    @staticmethod
    def _sent(worker: Worker[tuple[Json, Mapping[Path, str] | None]]) -> tuple[Json, Mapping[Path, str] | None]:
        assert worker.result is not None
        return worker.result

    def _show_sending(self) -> None:
        """Disable the form while its answer is sent, and enable it afterwards."""
        sending = self._session.sending
        if sending:
            self._focused_before = self.focused
        self._body.disabled = self._json.disabled = sending
        self._foot.show_sending(sending)
        if not sending and self._focused_before is not None and self._focused_before.is_attached:
            self._focused_before.focus(scroll_visible=False)

    # Leaving.

    async def action_close(self) -> None:
        """Close without sending, and return what was entered as a draft."""
        if not await self._is_there():
            return
        if self._session.sending:
            self._foot.say("Still sending. This closes once the answer is accepted.")
            return
        self._take_typed()
        await self._drafts.write_now()
        self._session.type_json(self._json.text)
        left = self._session.unsent()
        await self._body.stop_making()
        if self.is_attached:
            self.dismiss(AnswerResult(draft=left))

    async def action_discard(self) -> None:
        """Discard what was entered, and start again."""
        if not await self._is_there() or self._session.sending:
            return
        self._drafts.discard()
        self._say_offered()
        self._foot.say("")
        self.set_focus(None)  # a key that is sent to a part that is being removed would be lost
        self._in_turn(self._show_again)

    async def _show_again(self) -> None:
        await self._body.make_again()
        if await self._is_there():
            self._show()
            self._count_errors()

    async def on_unmount(self) -> None:
        """Save the draft, because the app may be closing."""
        await self._drafts.write_now()

    async def _is_there(self) -> bool:
        """Wait until the form is mounted. Return whether it is still open."""
        await until_mounted(self)
        made = self.is_attached and not self._pruning and bool(self.query("#answer--json"))
        return made and not self.has_class(LEAVING)

    def _in_turn(self, make: Callable[[], Awaitable[None]]) -> None:
        """Make parts for a key, after those for the keys before it.

        The app must not wait for it, because Textual would handle no keys meanwhile, and Esc must work.
        """
        self.run_worker(self._take_turn(make), group=_TURNS)

    async def _take_turn(self, make: Callable[[], Awaitable[None]]) -> None:
        async with self._turn:
            if await self._is_there():
                await make()

    async def settle(self, event: events.Event) -> None:
        """Wait until the target of an event from outside exists.

        Text goes to the focus. Keys that move the focus wait for all parts of the form, but closing it does not.
        """
        closes = isinstance(event, events.Key) and event.key == "escape"
        await self._done((DOING, _OBJECTIONS) if closes else (DOING, _OBJECTIONS, _TURNS))
        if not closes:
            await self._started.wait()
        if isinstance(event, events.Key) and not event.is_printable and not closes:
            await self._body.all_made()

    async def _done(self, groups: Collection[str]) -> None:
        """Wait until the workers of these groups have finished."""
        for each in [each for each in self.workers if each.group in groups]:
            with suppress(WorkerError):
                await each.wait()

    # Buttons, and requests from parts of the form.

    @on(Button.Pressed, "#submit")
    async def _pressed_submit(self) -> None:
        await self.action_submit()

    @on(Button.Pressed, "#json")
    async def _pressed_json(self) -> None:
        await self.action_toggle_json()

    @on(Button.Pressed, "#field")
    def _pressed_field(self) -> None:
        self.action_field_menu()

    @on(Button.Pressed, "#close")
    async def _pressed_close(self) -> None:
        await self.action_close()

    def action_field_menu(self) -> None:
        """Open the menu of the focused field."""
        self._menu.open(self.part)

    @on(FieldRow.Remake)
    async def _asked_for_widget(self, event: FieldRow.Remake) -> None:
        event.stop()
        await self._menu.remake(event.row)

    @on(Lines.EditOutside)
    def _asked_for_editor(self, event: Lines.EditOutside) -> None:
        event.stop()
        self._menu.edit_outside(event.area, self.part)

    @on(Input.Submitted)
    async def _entered(self, event: Input.Submitted) -> None:
        """Go to the next field on Enter, or send the answer if there is only one field."""
        event.stop()
        entries = [row for row in self._body.rows() if row.control is not None]
        if len(entries) == 1:
            await self.action_submit()
        else:
            self.focus_next()

    @on(FormRow.Edited)
    def _edited(self, event: FormRow.Edited) -> None:
        event.stop()
        self._foot.say("")
        self._count_errors()
        self._drafts.edited()
