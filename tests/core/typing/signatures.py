"""What a type checker makes of flows and tasks. Checked, not run."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Coroutine, Generator
from typing import Any, assert_type

from holdfast import State, TaskFuture, allow_failure, flow, task, unmapped
from holdfast.cache_policies import INPUTS
from holdfast.futures import TaskFutureList


@task
def bare(number: int, text: str = "") -> float:
    return number + len(text)


@task(retries=3, cache_policy=INPUTS - "text", tags=["a"])
def configured(number: int, text: str = "") -> float:
    return number + len(text)


@task
async def asynchronous(number: int) -> str:
    return str(number)


@task
def yields(number: int) -> Generator[int, None, None]:
    yield number


@task
async def yields_asynchronously(number: int) -> AsyncGenerator[int, None]:
    yield number


@flow
def plain(number: int) -> str:
    return str(number)


@flow
def flow_that_yields(number: int) -> Generator[str, None, None]:
    yield str(number)


@flow(retries=2, timeout_seconds=3)
async def coroutine(number: int) -> bytes:
    return b"" * number


class Shop:
    @task
    def cost(self, number: int) -> float:
        return number

    @task
    async def asks(self, number: int) -> str:
        return str(number)

    @flow
    def sells(self, number: int) -> str:
        return str(number)

    @flow
    async def orders(self, number: int) -> bytes:
        return b"" * number

    @task
    @staticmethod
    def weighs(number: int) -> float:
        return number


assert_type(bare(1, text="x"), float)
assert_type(configured(1), float)
assert_type(bare(1, return_state=True), State)
assert_type(bare(1, wait_for=[bare.submit(1)]), float)
assert_type(bare.submit(1), TaskFuture[float])
assert_type(bare.submit(1).result(), float)
assert_type(bare.submit(1).wait(), State[float])
assert_type(bare.submit(1).wait(timeout=1), State[float] | None)
assert_type(bare.submit(1).state, State[float])
assert_type(bare.submit(1, return_state=True), State)
assert_type(bare.map([1, 2], unmapped("x")), TaskFutureList[float])
assert_type(bare.map([1, 2]).result(), list[float])
assert_type(bare.fn(1), float)
assert_type(bare.with_options(name="other")(1), float)
assert_type(asynchronous.submit(1), TaskFuture[str])
assert_type(asynchronous.map([1]), TaskFutureList[str])
assert_type(asynchronous.submit(1, return_state=True), State)
assert_type(bare.map([1], return_state=True), list[State])
assert_type(yields(1), Generator[int, None, None])
assert_type(yields.submit(1), TaskFuture[list[int]])
assert_type(yields.map([1]), TaskFutureList[list[int]])
assert_type(yields_asynchronously(1), AsyncGenerator[int, None])
assert_type(yields_asynchronously.submit(1), TaskFuture[list[int]])
assert_type(flow_that_yields(1), Generator[str, None, None])
assert_type(plain(1), str)
assert_type(plain(1, return_state=True), State)
assert_type(plain(bare.submit(1), return_state=True, wait_for=[bare.submit(1)]), State)
assert_type(plain(bare.submit(1), wait_for=[bare.submit(1)]), str)
assert_type(plain.with_options(name="other")(1), str)
assert_type(Shop().cost(1), float)
assert_type(Shop().cost.submit(1), TaskFuture[float])
assert_type(Shop().cost.map([1]), TaskFutureList[float])
assert_type(Shop().cost.with_options(retries=1)(1), float)
assert_type(Shop().cost(1, return_state=True), State)
assert_type(Shop().asks.submit(1), TaskFuture[str])
assert_type(Shop().sells(1), str)
assert_type(Shop().sells(1, return_state=True), State)
assert_type(Shop().sells.with_options(retries=1)(1), str)
assert_type(Shop.weighs(1), float)
assert_type(allow_failure(1).value, int)


async def awaits() -> None:
    running: Coroutine[Any, Any, str] = asynchronous(1)
    assert_type(await running, str)
    assert_type(await asynchronous(1), str)
    assert_type(await asynchronous.submit(1), str)
    assert_type(await asynchronous(1, return_state=True), State)
    assert_type(await asynchronous.with_options(retries=2)(1), str)
    assert_type(await coroutine(1), bytes)
    assert_type(await coroutine(1, return_state=True), State)
    assert_type(await coroutine.with_options(name="other")(1), bytes)
    assert_type(await Shop().asks(1), str)
    assert_type(await Shop().orders(1), bytes)


task(retires=3)  # type: ignore[call-overload]
flow(retries="often")  # type: ignore[call-overload]
