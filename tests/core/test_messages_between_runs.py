"""Messages between runs, from outside, and beside pauses and answers."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from message_types import Order, both, receiving

from holdfast import (
    cancel_flow_run,
    flow,
    get_messages,
    pause_flow_run,
    resume_flow_run,
    task,
)
from holdfast.context import get_run_context
from holdfast.exceptions import FlowRunNotFound, NoSenderError, NotRunningError, OutsideFlowRun
from holdfast.input import ReceivedInput, RunInput, keyset_from_base_key, receive_input, send_input
from holdfast.store import queries


def test_keys_that_are_excluded_are_left_out(call):
    @flow
    def receives():
        for number in (1, 2, 3):
            send_input(number, get_run_context().flow_run_id)
        seen = {each.metadata.key for each in receive_input(int, timeout=0, with_metadata=True) if each.value != 2}
        assert len(seen) == 2
        return list(receive_input(int, timeout=0, exclude_keys=seen))

    assert call(receives) == [2]


def test_metadata_says_key_sender_and_receiver(call):
    @flow
    def receives():
        here = get_run_context().flow_run_id
        send_input(1, here)
        send_input(2, here, sender="me", key_prefix="p")
        Order(article="gear").send_to(here)
        plain = receive_input(int, timeout=0, with_metadata=True).next()
        prefixed = receive_input(int, timeout=0, with_metadata=True, key_prefix="p").next()
        order = receive_input(Order, timeout=0, with_metadata=True).next()
        return here, plain, prefixed, order

    here, plain, prefixed, order = call(receives)
    assert isinstance(plain, ReceivedInput)
    assert plain.value == 1
    assert (plain.metadata.sender, plain.metadata.receiver) == (f"holdfast.flow-run.{here}", here)
    assert (prefixed.metadata.sender, prefixed.metadata.key.startswith("p-")) == ("me", True)
    assert isinstance(order, Order)
    assert order.metadata.receiver == here
    assert len({plain.metadata.key, prefixed.metadata.key, order.metadata.key}) == 3


def test_who_sends_from_outside_is_the_sender(start, feed):
    running = start(receiving(int, with_metadata=True)[0])
    send_input(1, feed.until("listening").flow_run_id)
    received = running.result(10)
    assert received.metadata.sender == "tester"
    with pytest.raises(NoSenderError, match="not sent by a flow run"):
        received.respond(2)


def test_an_input_that_was_made_here_has_no_metadata():
    with pytest.raises(NoSenderError):
        _ = Order(article="gear").metadata


def test_a_received_input_equals_one_that_was_made(call):
    received = call(lambda: call(flow(_sends_and_receives)))
    assert received == Order(article="gear")
    assert received.model_dump() == {"article": "gear", "amount": 1}
    assert "metadata" not in repr(received)


def _sends_and_receives():
    send_input(Order(article="gear"), get_run_context().flow_run_id)
    return Order.receive(timeout=0).next()


@both
def test_two_flows_talk_to_each_other(start, feed, is_async):
    @flow
    def squares():
        for order in Order.receive(timeout=None):
            order.respond(Order(article="square", amount=order.amount**2))
            return

    @flow
    def asks(other):
        Order(article="number", amount=7).send_to(other)
        return Order.receive(timeout=10).next().amount

    @flow
    async def asquares():
        async for order in Order.receive(timeout=None):
            await order.respond(Order(article="square", amount=order.amount**2))
            return

    @flow
    async def aasks(other):
        await Order(article="number", amount=7).send_to(other)
        return (await Order.receive(timeout=10).next()).amount

    answering = start((squares, asquares)[is_async])
    other = feed.until("listening").flow_run_id
    assert start((asks, aasks)[is_async], other).result(10) == 49
    answering.result(10)


@both
def test_a_plain_value_can_be_responded_to(start, feed, is_async):
    @flow
    def squares():
        number = receive_input(int, with_metadata=True).next()
        number.respond(number.value**2)

    @flow
    async def asquares():
        number = await receive_input(int, with_metadata=True).next()
        await number.respond(number.value**2)

    @flow
    def asks(other):
        send_input(7, other)
        return receive_input(int, timeout=10).next()

    answering = start((squares, asquares)[is_async])
    assert start(asks, feed.until("listening").flow_run_id).result(10) == 49
    answering.result(10)


def test_an_ended_run_takes_no_messages(call, the_run):
    @flow
    def ends():
        return None

    call(ends)
    run = the_run()
    with pytest.raises(NotRunningError, match=f"{run.name} is completed, so it receives no more messages"):
        send_input(1, run.id)
    assert get_messages(run.id) == []


def test_a_run_that_there_is_not_takes_none():
    with pytest.raises(FlowRunNotFound):
        send_input(1, uuid4())


def test_receiving_outside_a_run_needs_to_know_which():
    with pytest.raises(OutsideFlowRun, match="flow_run_id="):
        receive_input(int)


@both
def test_the_inputs_of_a_run_can_be_read_from_outside(start, feed, is_async):
    @flow
    def waits():
        pause_flow_run()

    running = start(waits)
    run_id = feed.until("opened").flow_run_id
    send_input(1, run_id)
    send_input(2, str(run_id))

    async def aread():
        return [each async for each in receive_input(int, timeout=0, flow_run_id=run_id)]

    read = asyncio.run(aread()) if is_async else list(receive_input(int, timeout=0, flow_run_id=run_id))
    assert read == [1, 2]
    resume_flow_run(run_id)
    running.result(10)
    assert list(receive_input(int, timeout=None, flow_run_id=run_id)) == [1, 2]  # nothing more can come


@both
def test_a_run_can_receive_what_another_is_sent(start, feed, is_async):
    @flow
    def waits():
        pause_flow_run()

    other = start(waits)
    run_id = feed.until("opened").flow_run_id
    reading = start(receiving(int, flow_run_id=run_id, timeout=10)[is_async])
    feed.until("state", after="Running", nth=2)
    send_input(8, run_id)
    assert reading.result(10) == 8
    resume_flow_run(run_id)
    other.result(10)


@both
def test_tasks_send_and_receive_too(start, feed, is_async):
    @task
    def receives():
        return receive_input(int, timeout=10).next()

    @flow
    def outer():
        return [each.result() for each in (receives.submit(), receives.submit())]

    @task
    async def areceives():
        return await receive_input(int, timeout=10).next()

    @flow
    async def aouter():
        return list(await asyncio.gather(areceives(), areceives()))

    running = start((outer, aouter)[is_async])
    run_id = feed.until("listening", nth=2).flow_run_id
    send_input(4, run_id)
    assert running.result(10) == [4, 4]


def test_a_receiver_that_was_broken_off_goes_on_where_it_was(call, db):
    @flow
    async def receives():
        here = get_run_context().flow_run_id
        receiver = receive_input(int, timeout=None)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(receiver.next(), 0.05)
        assert queries.get_listeners(db, here) == []
        await send_input(5, here)
        return await receiver.next()

    assert call(receives) == 5


@both
def test_a_cancelled_run_leaves_its_receiver_at_once(start, feed, is_async):
    running = start(receiving(int, timeout=None)[is_async])
    run_id = feed.until("listening").flow_run_id
    cancel_flow_run(run_id)
    feed.until_state("Cancelled")
    with pytest.raises(Exception, match="Cancelled"):
        running.result(10)


@pytest.mark.slow
@both
def test_a_run_pauses_while_it_receives_and_that_time_does_not_count(start, feed, is_async):
    running = start(receiving(int, timeout=0.3)[is_async])
    run_id = feed.until("listening").flow_run_id
    pause_flow_run(flow_run_id=run_id)
    feed.until_state("Paused")
    with pytest.raises(TimeoutError):
        receive_input(str, timeout=0.4, flow_run_id=run_id).next()  # longer than the receiver would have waited
    resume_flow_run(run_id)
    send_input(6, feed.until("listening", nth=2).flow_run_id)
    assert running.result(10) == 6


def test_an_input_that_is_saved_is_offered_and_loaded(start, feed, call):
    keyset = keyset_from_base_key("order")

    @flow
    def asks():
        Order.save(keyset)
        pause_flow_run(key="go")
        return Order.load(keyset)

    running = start(asks)
    run_id = feed.until("opened").flow_run_id
    Order(article="gear", amount=3).send_to(run_id, key_prefix=keyset["response"])
    resume_flow_run(run_id)
    loaded = running.result(10)
    assert loaded == Order(article="gear", amount=3)
    assert loaded.metadata.sender == "tester"


def test_the_answer_to_a_wait_can_be_loaded_by_its_key(start, person):
    @flow
    def asks():
        pause_flow_run(wait_for_input=Order, key="order")
        return Order.load(keyset_from_base_key("order"))

    person.answers({"article": "gear"})
    assert start(asks).result(10) == Order(article="gear")


def test_without_a_response_defaults_are_loaded(call):
    class Defaulted(RunInput):
        amount: int = 4

    @flow
    async def asks():
        keyset = Defaulted.keyset_from_type()
        await Defaulted.save(keyset)
        return (keyset["response"], (await Defaulted.load(keyset)).amount)

    assert call(asks) == ("defaulted-response", 4)


def test_the_inbox_has_questions_and_awaited_messages_in_one_order_page_by_page(start, feed, db):
    @flow
    def pauses(timeout):
        pause_flow_run(timeout=timeout)

    receives, _ = receiving(int, timeout=200)
    receives_for_ever, _ = receiving(str, timeout=None)
    for nth, timeout in enumerate((300, None, 100), start=1):
        start(pauses, timeout)
        feed.until("opened", nth=nth)
    for nth, each in enumerate((receives_for_ever, receives), start=1):
        start(each)
        feed.until("listening", nth=nth)

    pages = []
    while page := queries.inbox(db, after=pages[-1] if pages else None, limit=1):
        pages += page
    assert pages == queries.inbox(db)
    assert [each.key for each in pages] == ["1", "int", "1", "1", "str"]
    assert queries.count_open_waits(db) == 5
