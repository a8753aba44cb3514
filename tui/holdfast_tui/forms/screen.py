"""The screen on which a question is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import ClassVar

from rich.cells import cell_len
from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, Static
from textual.worker import Worker, WorkerError, WorkerState
from typing_extensions import override

from holdfast.forms.fields import Json, Path
from holdfast.forms.nested_nodes import GroupNode
from holdfast.forms.nodes import Node
from holdfast.records import Draft as KeptDraft
from holdfast.text import clean
from holdfast.values.json_text import UnreadableError
from holdfast_tui.forms.checking import spelled
from holdfast_tui.forms.drafting import AnswerResult, Draft, Keeper
from holdfast_tui.forms.keeping import Keeping
from holdfast_tui.forms.prose import Prose
from holdfast_tui.forms.rows import NARROW, TALL, FormRow, FormScroll, Place
from holdfast_tui.forms.texts import Lines
from holdfast_tui.forms.widgets import (
    INDENT,
    LEAVING,
    FieldRow,
    NestPart,
    RootPart,
    is_left,
    make_part,
    part_around,
    rows_of,
    take_name,
)
from holdfast_tui.text.durations import Clock, countdown, system_clock
from holdfast_tui.widgets.banner import Banner

Submit = Callable[[Json], Mapping[Path, str] | None]
"""Sends an answer, in a thread of its own. Gives objections by field, or nothing when it was taken."""

_SMALL = 20
"""Below this many lines there is no frame."""

_LABEL_WIDTHS = (8, 26)

_LOOKED_AT = 300
"""Fields whose labels are looked at to find how wide they are."""

_REVEALED = 50
"""Errors for which parts that are not shown yet are made."""


class AnswerScreen(Keeping):
    """A form over a JSON Schema. It stays open, and loses nothing, until the answer is taken or Esc is pressed."""

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
        & #answer--head { dock: top; height: 2; }
        & #answer--title { width: 1fr; height: 1; text-style: bold; padding-left: 2; }
        & #answer--title { text-wrap: nowrap; text-overflow: ellipsis; }
        & #answer--deadline { width: auto; height: 1; color: $text-muted; padding: 0 1; }
        & #answer--draft { display: none; height: auto; color: $foreground 70%; padding-left: 2; margin-bottom: 1; }
        &.-small #answer--draft { margin-bottom: 0; }
        & #answer--changed { height: auto; color: $foreground 70%; padding: 0 2; margin-bottom: 1; }
        & #answer--json { display: none; height: 1fr; min-height: 5; margin: 0 2; }
        & #answer--foot { dock: bottom; height: auto; padding-left: 2; }
        & #answer--banner { display: none; height: auto; max-height: 50vh; color: $text-error; }
        & #answer--buttons { height: 1; }
        & #answer--buttons Button { width: auto; min-width: 8; margin-right: 2; }
        & #answer--errors { width: 1fr; height: 1; color: $text-error; text-align: right; }
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

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "submit", "Submit", id="form.submit", priority=True, tooltip="Send the answer"),
        Binding("ctrl+t", "toggle_json", "Form or JSON", id="form.json", priority=True, tooltip="The whole as JSON"),
        Binding(
            "ctrl+o,f1", "field_menu", "Field", id="form.field", priority=True, tooltip="What can be done with a field"
        ),
        Binding("ctrl+n,f8", "next_error(1)", "Next error", id="form.next-error", priority=True),
        Binding("shift+f8", "next_error(-1)", "Error before", id="form.error-before", priority=True),
        Binding("ctrl+g", "discard", "Discard", id="form.discard", priority=True, tooltip="Throw the draft away"),
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
        draft: Draft | None = None,
        deadline: datetime | None = None,
        submit_label: str = "Submit",
        clock: Clock = system_clock,
        objections: Mapping[Path, str] | None = None,
        kept: KeptDraft | None = None,
        keeper: Keeper | None = None,
        changed: str = "",
    ) -> None:
        super().__init__(clock, initial, keeper, changed)
        self._title = title
        self._description = description
        self._submit = submit
        self._deadline = deadline
        self._submit_label = submit_label
        self.model = self._begin(schema, draft, kept)
        self.model.object_to(objections or {})
        self._focused_before: Widget | None = None
        self._started = asyncio.Event()
        """Set while the form has its first parts, and the focus is in it."""
        self._changing = asyncio.Lock()
        """The parts are made one way or the other."""

    @override
    def compose(self) -> ComposeResult:
        self._adapt()
        yield Banner()
        with Vertical(id="answer"):
            with Horizontal(id="answer--head"):
                yield Static(Content(clean(self._title)), id="answer--title")
                yield Static(id="answer--deadline")
            yield Static(id="answer--draft")
            with FormScroll(self.model, self._label_width, id="answer--body"):
                if self._changed:
                    yield Static(Content(self._changed), id="answer--changed")
                if self._description.strip():
                    yield Prose(self._description)
                self._form = self._make_form()
                yield self._form
            yield Lines(id="answer--json", compact=True, highlight_cursor_line=False)
            with Vertical(id="answer--foot"):
                yield Static(id="answer--banner")
                with Horizontal(id="answer--buttons"):
                    yield Button(Content(f"{self._submit_label} ^s"), id="submit", variant="primary", compact=True)
                    yield Button(Content("JSON ^t"), id="json", compact=True)
                    yield Button(Content("Field ^o"), id="field", compact=True)
                    yield Button(Content("Close esc"), id="close", compact=True)
                    yield Static(id="answer--errors")

    def on_mount(self) -> None:
        """Show what there is, and start the countdown."""
        self._show_json(self._json_text)
        self._say_offered(self._offered)
        if objections := self.model.objections():
            self._say_banner("\n".join(spelled(path, text) for path, text in objections.items() if not path))
            self._count_errors()
        self._count_down()
        if self._deadline is not None:
            self.set_interval(1, self._count_down)

    @property
    def _label_width(self) -> int:
        low, high = _LABEL_WIDTHS
        return max(low, min(high, max(map(_label_size, islice(self.model.nodes(), _LOOKED_AT))))) + 2

    def on_resize(self) -> None:
        """Follow the size of the terminal."""
        self._adapt()

    def _adapt(self) -> None:
        """Leave out the frame where every line counts, and leave lines blank where there are many."""
        size = self.app.size
        self.set_class(size.height < _SMALL or size.width < NARROW, "-small")
        self.set_class(size.height >= TALL, "-tall")

    def _make_form(self) -> Widget:
        if self.model.asks_nothing:
            return Static(Content("Nothing to fill in."), id="form")
        root = self.model.root
        form = RootPart(root) if isinstance(root, GroupNode) else make_part(root, Place("Answer"))
        form.id = "form"
        return form

    # The whole as JSON.

    def _show_json(self, text: str | None) -> None:
        """Show the JSON text instead of the form, or with None the form."""
        as_json = text is not None
        self._json_typed = text if text != self._json_shown else None
        self.query_one("#answer--body").display = not as_json
        self._json.display = as_json
        self.query_one("#json", Button).label = Content("Form ^t" if as_json else "JSON ^t")
        if text is not None:
            self._json.text = text
            self.set_focus(self._json)
            self._started.set()
        else:
            self._started.clear()
            self.call_after_refresh(self._focus_start)

    def _focus_start(self) -> None:
        """Focus the first field; where a long description hides it, what is to be read first.

        Whoever types at once is somewhere in the form already, and stays there.
        """
        self._started.set()
        if is_left(self._form):
            return
        body = self.query_one(FormScroll)
        first = next((row for row in rows_of(self._form) if row.control is not None), None)
        here = part_around(self.focused)
        if here is not None and (here is not first or self._draft_body() != self._written):
            return
        if first is None:
            self.query_one("#submit").focus(scroll_visible=False)
        elif first.virtual_region_with_margin.bottom + self._form.virtual_region.y > body.size.height:
            body.can_focus = True
            body.focus(scroll_visible=False)
            body.scroll_home(animate=False)  # Textual's own focus may have gone to the field
        else:
            self.set_focus(first.control, scroll_visible=False)

    async def action_toggle_json(self) -> None:
        """Edit the whole as JSON text, or go back to the form."""
        if not await self._is_there() or self._sending:
            return
        self._say_banner("")
        if not self._as_json:
            self._take_typed()
            self._json_shown = self.model.json_text()
            self._show_json(self._json_shown)
        elif self._take_json():
            await self._show_anew()
            if await self._is_there():
                self._show_json(None)

    async def _show_anew(self) -> None:
        """Make the form's parts again from the model."""
        async with self._changing:
            if is_left(self._form):
                return
            body = self.query_one(FormScroll)
            body.model = self.model
            await self._form.remove()
            self._form = self._make_form()
            await body.mount(self._form)

    def _take_json(self) -> bool:
        """Load the JSON text if it was edited; says what is wrong with it when it cannot be read."""
        if self._json.text != self._json_shown:
            try:
                self.model.load_json_text(self._json.text)
            except UnreadableError as error:
                self._say_banner(f"This has to be {error}")
                return False
            self._json_shown = self._json.text
        return True

    # Sending.

    async def action_submit(self) -> None:
        """Check the answer, and send it when nothing is wrong with it."""
        if not await self._is_there():
            return
        if isinstance(self._form, RootPart):
            await self._form.complete.wait()
        if self._sending or (self._as_json and not self._take_json()):
            return
        self._take_typed()
        errors = self.model.errors()
        if errors:
            await self._reveal(errors)
            self._show_errors(errors)
            return
        self._show_errors({})
        self._set_sending(True)
        self._send(self.model.dump())

    def _take_typed(self) -> None:
        """Take over the last keys: a control's message about them may be behind the key that led here."""
        for row in self._form.walk_children(FormRow, with_self=True):
            if isinstance(row, FieldRow):
                row.take_typed()
            elif isinstance(row, FormRow):
                take_name(row)

    @work(thread=True, exit_on_error=False, exclusive=True, group="answer")
    def _send(self, value: Json) -> tuple[Json, Mapping[Path, str] | None]:
        return value, self._submit(value)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Close when the answer was taken; else say what stood against it."""
        if event.worker.group != "answer":
            return
        event.stop()
        if event.state is WorkerState.SUCCESS:
            value, objections = self._sent(event.worker)
            if objections:
                self._set_sending(False)
                self.model.object_to(objections)
                self.run_worker(self._show_objections(), group="objections")
            else:
                self._keeper = None
                self.dismiss(AnswerResult(value=value))
        elif event.state in (WorkerState.ERROR, WorkerState.CANCELLED):
            self._set_sending(False)
            self._say_banner(str(event.worker.error or "Not sent."))

    @staticmethod
    def _sent(worker: Worker[tuple[Json, Mapping[Path, str] | None]]) -> tuple[Json, Mapping[Path, str] | None]:
        assert worker.result is not None
        return worker.result

    def _set_sending(self, sending: bool) -> None:
        self._sending = sending
        if sending:
            self._focused_before = self.focused
        for part in ("#answer--body", "#answer--json", "#submit", "#json", "#close"):
            self.query_one(part).disabled = sending
        if not sending and self._focused_before is not None and self._focused_before.is_attached:
            self._focused_before.focus(scroll_visible=False)
        button = self.query_one("#submit", Button)
        button.label = Content("Sending…" if sending else f"{self._submit_label} ^s")
        button.refresh(layout=True)  # a longer label would be cut: Textual draws it in the room of the last one

    # Leaving.

    async def action_close(self) -> None:
        """Leave without sending; what was entered is handed back as a draft."""
        if not await self._is_there():
            return
        if self._sending:
            self._say_banner("Still sending. This closes as soon as the answer is taken.")
            return
        self._take_typed()
        self._typed_json()
        await self._keep_now()
        text = self._json.text if self._as_json else None
        await self._stop_making()
        self.dismiss(AnswerResult(draft=Draft(self.model, text)))

    async def _is_there(self) -> bool:
        await self._mounted_event.wait()
        made = self.is_attached and not self._pruning and bool(self.query("#answer--json"))
        return made and not self.has_class(LEAVING)

    async def _stop_making(self) -> None:
        """Make no more parts, and let those that are being made be finished: half a widget cannot be closed."""
        self.add_class(LEAVING)
        async with self._changing:
            """What was begun before is there now."""
        while half := [each for each in self.walk_children(Widget) if each.is_attached and not each.is_mounted]:
            for each in half:
                await each._mounted_event.wait()

    async def settle(self, event: events.Event) -> None:
        """Wait until what an event from outside is meant for is there.

        Text goes where the focus is. What leads elsewhere waits for all parts of the form, but closing it does not.
        """
        await self._started.wait()
        for group in ("doing", "objections"):
            for each in [each for each in self.workers if each.group == group]:
                with suppress(WorkerError):
                    await each.wait()
        if isinstance(event, events.Key) and not event.is_printable and event.key != "escape":
            for part in self._form.walk_children(NestPart, with_self=True):
                if isinstance(part, NestPart):
                    await part.complete.wait()

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

    # Moving on.

    @on(Input.Submitted)
    async def _entered(self, event: Input.Submitted) -> None:
        """Enter goes to the next field, and sends where there is only this one."""
        event.stop()
        entries = [row for row in rows_of(self._form) if row.control is not None]
        if len(entries) == 1:
            await self.action_submit()
        else:
            self.focus_next()

    @on(FormRow.Edited)
    def _edited(self, event: FormRow.Edited) -> None:
        event.stop()
        self._say_banner("")
        self._count_errors()
        self._keep_soon()

    @property
    def part(self) -> Widget | None:
        """The part of the form that has the focus."""
        return None if self._as_json or self._sending else part_around(self.focused)

    # The deadline.

    def _count_down(self) -> None:
        if self._deadline is not None:
            now = self._clock()
            said = f"{countdown(self._deadline, now)} left" if now < self._deadline else "deadline passed"
            self.query_one("#answer--deadline", Static).update(Content(said))


def _label_size(node: Node) -> int:
    """Columns that a field's label takes, with what it is set in by."""
    field = node.field
    optional = 0 if field.required and not field.nullable else len(" (optional)")
    return cell_len(field.title) + optional + INDENT * max(0, len(node.path) - 1) if node.path else 0
