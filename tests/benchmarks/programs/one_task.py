"""The smallest script there is: a flow with one task."""

from __future__ import annotations

from holdfast import flow, task


@task
def add(left: int, right: int) -> int:
    """A task."""
    return left + right


@flow
def one_task() -> int:
    """A flow that calls it."""
    return add(1, 2)


if __name__ == "__main__":
    assert one_task() == 3
