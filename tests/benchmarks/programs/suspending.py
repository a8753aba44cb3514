"""Leaves one suspended run that waits for a form."""

from __future__ import annotations

from typing import Literal

from holdfast import RunInput, flow, suspend_flow_run


class Decision(RunInput):
    """What a person is asked for."""

    approved: bool
    reason: str = ""
    urgency: Literal["low", "high"] = "low"


@flow
def order_approval(order: str) -> None:
    """Asks, and is suspended."""
    suspend_flow_run(
        wait_for_input=Decision.with_initial_data(f"Approve order **{order}**?", reason="as agreed"), timeout=3600
    )


if __name__ == "__main__":
    order_approval("A-1001", return_state=True)
