"""Flows whose runs are in the sample databases. What a sample has recorded of them must go on: change nothing here."""

import os
import sys
from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel

from holdfast import flow, pause_flow_run, suspend_flow_run, task
from holdfast.input import RunInput, receive_input


def note(what):
    """Leave a line that tells that this was run."""
    with Path(__file__).with_name("ran").open("a") as lines:
        lines.write(f"{what}\n")


class Order(BaseModel):
    article: str
    price: Decimal


class Signature(RunInput):
    signed_by: str
    copies: int = 1
    deposit: Decimal = Decimal("0.10")


class Refused(Exception):
    pass


@task
def draw_up(customer):
    note(f"draw up for {customer}")
    return f"Contract with {customer}"


@task
def total(order):
    note(f"total of {order.article}")
    return order.price * 2


@task
def refuse(why):
    note(f"refuse {why}")
    raise Refused(why)


@flow(flow_run_name="contract")
def contract(customer="ACME"):
    """One question; two finished tasks, one of which was given an object."""
    text, price = draw_up(customer), total(Order(article="gear", price=Decimal("1.10")))
    answer = suspend_flow_run(
        wait_for_input=Signature.with_initial_data(description="Please **sign**.", copies=2), timeout=None
    )
    return f"{text}: {answer.signed_by}, {answer.copies} copies, {answer.deposit} of {price}"


@flow(flow_run_name="answered")
def answered():
    """One question, whose answer nobody has taken yet."""
    return draw_up("answered") and suspend_flow_run(wait_for_input=Decimal, timeout=None)


@flow(flow_run_name="second-question")
def second_question():
    """A decided question and an open one, with equal schemas; a task failed in between."""
    first = suspend_flow_run(wait_for_input=bool, timeout=None)
    try:
        refuse("twice")
    except Refused as error:
        why = str(error)
    return first, why, suspend_flow_run(wait_for_input=bool, timeout=None)


@flow(flow_run_name="keyed")
def keyed():
    """A question with a key of its own."""
    return suspend_flow_run(wait_for_input=int, timeout=None, key="budget")


@task
def ask():
    return pause_flow_run(wait_for_input=str, timeout=None)


@flow(flow_run_name="paused-in-task")
def paused_in_task():
    """Paused in a task; its process was killed."""
    draw_up("paused")
    return ask()


@flow(flow_run_name="child")
def child(number):
    return draw_up(f"child {number}")


@flow(flow_run_name="asking-child")
def asking_child():
    return suspend_flow_run(wait_for_input=bool, timeout=None)


@flow(flow_run_name="tree")
def tree():
    """A finished child and one that asks."""
    return child(1), asking_child()


@flow(flow_run_name="go-ahead")
def go_ahead():
    """A wait that asks for nothing."""
    suspend_flow_run(timeout=None)
    return "gone ahead"


@flow(flow_run_name="expired")
def expired():
    """A question whose deadline has passed meanwhile."""
    return suspend_flow_run(wait_for_input=int, timeout=5)


@flow(flow_run_name="desk")
def desk():
    """Received one message; a second one has been sent."""
    numbers = receive_input(int, timeout=None)
    first = numbers.next()
    suspend_flow_run(timeout=None)
    return first, numbers.next()


@flow(flow_run_name="failed")
def failed():
    """Failed after a task that finished; can be retried."""
    draw_up("failed")
    if not Path(__file__).with_name("repaired").exists():
        raise Refused("not repaired")
    return "repaired"


@flow(flow_run_name="finished")
def finished():
    return draw_up("finished")


@flow(flow_run_name="crashed")
def crashed():
    """Its process died."""
    draw_up("crashed")
    if not Path(__file__).with_name("repaired").exists():
        os.kill(os.getpid(), 9)
    return "went on"


@flow(flow_run_name="cancelled")
def cancelled():
    return suspend_flow_run(wait_for_input=int, timeout=None)


@flow
def report(region="north", limit=10):
    """Deployed, with a schedule and parameters."""
    return f"{limit} lines for {region}"


if __name__ == "__main__":
    globals()[sys.argv[1]]()
