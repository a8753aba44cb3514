"""A user's flows; tests copy this file to a folder of their own."""

import asyncio
import threading
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from holdfast import checkpoint, flow, get_run_logger, pause_flow_run, suspend_flow_run, task
from holdfast.input import RunInput, receive_input


def no_shouting(text: str | None) -> str | None:
    if text and text.isupper():
        raise ValueError("no shouting")
    return text


class Line(BaseModel):
    article: Annotated[str, AfterValidator(no_shouting)]
    amount: Decimal = Field(gt=0)
    due: date | None = None


class Decision(RunInput):
    approve: bool
    environment: Literal["staging", "production"] = "staging"
    rollout: int = Field(default=10, ge=1, le=100, description="Percent of the traffic.")
    version: str = "1.0"
    note: Annotated[str | None, AfterValidator(no_shouting)] = None
    lines: list[Line] = Field(default_factory=list)


ASKED = Decision.with_initial_data(
    description="# Release **1.10**?\n\nLook at the tests.",
    rollout=25,
    lines=[Line(article="gear", amount=Decimal("1.50"))],
)


class Login(RunInput):
    user: str
    password: SecretStr


@task
def build(version):
    get_run_logger().info("built %s", version)
    return version


@flow
def greet(name: str = "you", times: int = 1):
    print(f"hello {name}\x1b[0m" if name == "raw" else f"hello {name}")
    return {"greeted": name, "times": times}


@flow
def reviewed():
    """Asks for an answer below itself."""
    return suspend_flow_run(wait_for_input=ASKED).version


@flow
def review():
    return reviewed()


@flow
def needs(version: str, count: int):
    return f"{version}/{count}"


@flow(log_prints=True)
def decide():
    build("1.10")
    answer = pause_flow_run(wait_for_input=ASKED)
    print(f"version {answer.version!r}")
    return answer.model_dump(mode="json")


@flow
def listens(prefix: str | None = None):
    """Receives a decision."""
    decision = ASKED.receive(key_prefix=prefix, timeout=None).next()
    print(f"{decision.approve}, {decision.rollout}, from {decision.metadata.sender}")


@flow
def counts(kinds: int = 1):
    """Receives a number, and a text too."""
    received = [receive.submit(kind) for kind in (int, str)[:kinds]]
    print(*[each.result() for each in received])


@task
def receive(kind):
    return receive_input(kind, timeout=None).next()


@flow
def go_ahead(timeout: float = 3600):
    pause_flow_run(timeout=timeout)
    return "went"


@flow
async def number():
    await asyncio.sleep(0)
    return 1 + await pause_flow_run(wait_for_input=int)


@flow
def two_questions():
    def ask(key):
        return pause_flow_run(wait_for_input=str, key=key)

    @task
    def question(key):
        return ask(key)

    futures = [question.submit(key) for key in ("first", "second")]
    return [future.result() for future in futures]


@flow
def login():
    return pause_flow_run(wait_for_input=Login).user


@flow
def signs_in():
    pause_flow_run(wait_for_input=Login)
    suspend_flow_run()


@flow
def parked(timeout: float = 3600):
    return suspend_flow_run(wait_for_input=ASKED, timeout=timeout).note


@flow
def broken():
    get_run_logger().warning("about to break\nin two lines")
    raise ValueError("no\x1b[2J such luck")


@flow
def working():
    print("working", flush=True)
    while True:
        threading.Event().wait(0.02)
        checkpoint()


@flow
def hostile():
    get_run_logger().info("\x1b]0;owned\x07 and \x9b2J and \u202e")
    return "\x1b[2Jresult"


class Rude(RunInput):
    field: str = Field(title="\x1b]0;title\x07")


@flow
def rude():
    suspend_flow_run(wait_for_input=Rude.with_initial_data(description="\x1b[2Jdescription"))


class Address(BaseModel):
    """Where a parcel is to be fetched."""

    street: str
    city: str


class Measure(BaseModel):
    kilograms: float


class Shipment(RunInput):
    pickup: Address | None
    weight: float | Measure


@flow
def shipment():
    suspend_flow_run(wait_for_input=Shipment)
