"""The head of a form, with its title and the time left, and its foot, with the buttons and the errors."""

from __future__ import annotations

from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static
from typing_extensions import override

from holdfast.text import clean, clean_block
from holdfast_tui.text.durations import Clock, countdown


class FormHead(Horizontal):
    """The title, and the time left to answer."""

    DEFAULT_CSS = """
    FormHead {
        dock: top;
        height: 2;
        & > #answer--title { width: 1fr; height: 1; text-style: bold; padding-left: 2; }
        & > #answer--title { text-wrap: nowrap; text-overflow: ellipsis; }
        & > #answer--deadline { width: auto; height: 1; color: $text-muted; padding: 0 1; }
    }
    """

    def __init__(self, title: str, deadline: datetime | None, clock: Clock, *, id: str) -> None:  # noqa: A002  Textual's
        super().__init__(id=id)
        self._title = title
        self._deadline = deadline
        self._clock = clock

    @override
    def compose(self) -> ComposeResult:
        yield Static(Content(clean(self._title)), id="answer--title")
        yield Static(id="answer--deadline")

    def on_mount(self) -> None:
        """Start the countdown."""
        if self._deadline is not None:
            self.count_down()
            self.set_interval(1, self.count_down)

    def count_down(self) -> None:
        """Show how much time is left."""
        if self._deadline is not None:
            now = self._clock()
            said = f"{countdown(self._deadline, now)} left" if now < self._deadline else "deadline passed"
            self.query_one("#answer--deadline", Static).update(Content(said))


class FormFoot(Vertical):
    """The buttons, the number of errors, and a banner for errors of the whole answer."""

    DEFAULT_CSS = """
    FormFoot {
        dock: bottom;
        height: auto;
        padding-left: 2;
        & > #answer--banner { display: none; height: auto; max-height: 50vh; color: $text-error; }
        & > #answer--buttons { height: 1; }
        & > #answer--buttons Button { width: auto; min-width: 8; margin-right: 2; }
        & #answer--errors { width: 1fr; height: 1; color: $text-error; text-align: right; }
    }
    """

    def __init__(self, submit_label: str, *, id: str) -> None:  # noqa: A002  Textual's
        super().__init__(id=id)
        self._submit_label = submit_label

    @override
    def compose(self) -> ComposeResult:
        yield Static(id="answer--banner")
        with Horizontal(id="answer--buttons"):
            yield Button(Content(f"{self._submit_label} ^s"), id="submit", variant="primary", compact=True)
            yield Button(Content("JSON ^t"), id="json", compact=True)
            yield Button(Content("Field ^o"), id="field", compact=True)
            yield Button(Content("Close esc"), id="close", compact=True)
            yield Static(id="answer--errors")

    def say(self, text: str) -> None:
        """Show an error of the whole answer; an empty text hides the banner."""
        for banner in self.query("#answer--banner").results(Static):
            banner.update(Content(clean_block(text)))
            banner.display = bool(text)

    def count_errors(self, summary: str) -> None:
        """Show the number of errors."""
        for shown in self.query("#answer--errors").results(Static):
            shown.update(Content(summary))

    def offer_json(self, offered: bool) -> None:
        """Label the button for switching to JSON, or back to the form."""
        self.query_one("#json", Button).label = Content("JSON ^t" if offered else "Form ^t")

    def show_sending(self, sending: bool) -> None:
        """Show whether the answer is being sent, and disable the buttons meanwhile."""
        for name in ("#submit", "#json", "#close"):
            self.query_one(name).disabled = sending
        button = self.query_one("#submit", Button)
        button.label = Content("Sending…" if sending else f"{self._submit_label} ^s")
        button.refresh(layout=True)  # otherwise Textual would cut a longer label to the width of the last one
