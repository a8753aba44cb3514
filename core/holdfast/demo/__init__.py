"""The flows of ``holdfast demo``: a release, a batch of invoices and an order. Each needs a person."""

from __future__ import annotations

import time


def work(seconds: float, pace: float) -> None:
    """Take as long as real work might: ``seconds`` times ``pace``. With a pace of 0, return at once."""
    if pace > 0:
        time.sleep(seconds * pace)
