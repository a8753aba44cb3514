"""What the tests of messages share."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast import (
    flow,
)
from holdfast.input import RunInput, receive_input


class Order(RunInput):
    article: str
    amount: int = 1


def receiving(input_type: Any, **options: Any) -> Any:
    """A sync and an async flow that give the next input."""

    @flow
    def receives():
        return receive_input(input_type, **options).next()

    @flow
    async def areceives():
        return await receive_input(input_type, **options).next()

    return receives, areceives


def both(function):
    return pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])(function)
