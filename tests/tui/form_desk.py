"""What the tests of the form's screen share: models, an app around the form, and how its rows are found."""

import enum
import threading
from contextlib import asynccontextmanager
from typing import Any, Literal

from pydantic import BaseModel, Field
from textual.app import App
from textual.worker import WorkerError

from holdfast.values.asked_schema import AskedSchema
from holdfast_tui.forms.rows import FormRow
from holdfast_tui.forms.screen import AnswerScreen

SIZES = [(80, 24), (40, 12)]


class Level(enum.Enum):
    LOW = "low"
    HIGH = "high"


class Region(enum.Enum):
    A, B, C, D, E, F = "a1", "b1", "c1", "d1", "e1", "f1"


class Bank(BaseModel):
    method: Literal["bank"] = "bank"
    iban: str


class Card(BaseModel):
    method: Literal["card"] = "card"
    number: int


class Person(BaseModel):
    name: str
    age: int = Field(ge=0)


class Names(BaseModel):
    first: str
    last: str


class Count(BaseModel):
    count: int


class Host(App[None]):
    """An app that asks one question and keeps how it was left."""

    def __init__(self, screen: AnswerScreen) -> None:
        super().__init__()
        self.asked = screen
        self.left: list[Any] = []

    def on_mount(self) -> None:
        self.push_screen(self.asked, self.left.append)


class Desk:
    """Takes answers; gives what it was told to give, and can be made to wait."""

    def __init__(self, reply: Any = None) -> None:
        self.reply = reply
        self.taken: list[Any] = []
        self.go = threading.Event()
        self.go.set()

    def __call__(self, value: Any) -> Any:
        self.taken.append(value)
        assert self.go.wait(10)
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply


@asynccontextmanager
async def asked(model: Any, desk: Desk | None = None, size: tuple[int, int] = (80, 24), **more: Any):
    schema = model if isinstance(model, dict) else model.model_json_schema(schema_generator=AskedSchema)
    screen = AnswerScreen("A question", schema, desk or Desk(), **more)
    app = Host(screen)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot)
        yield pilot, screen


async def settle(pilot) -> None:
    """Until nothing is being made or sent."""
    await pilot.pause()
    for worker in list(pilot.app.workers):
        try:
            await worker.wait()
        except WorkerError:
            continue
    await pilot.pause()


def row(screen: AnswerScreen, *path: str | int) -> FormRow:
    return next(each for each in screen.query(FormRow) if each.node.path == path and each.reports)


def control(screen: AnswerScreen, *path: str | int) -> Any:
    return row(screen, *path).control


def errors(screen: AnswerScreen) -> dict[tuple[str | int, ...], str]:
    return {each.node.path: each.error for each in screen.query(FormRow) if each.error}


def lines(pilot) -> list[str]:
    return [strip.text for strip in pilot.app.screen._compositor.render_strips()]


async def write(pilot, text: str) -> None:
    await pilot.press(*("space" if char == " " else char for char in text))
