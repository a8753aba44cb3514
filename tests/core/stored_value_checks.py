"""What the tests of stored values share."""

from __future__ import annotations

import enum
import sys
from pathlib import Path
from typing import Any

from holdfast.engine import results

# Tests are imported by path, so what they share has to be made importable.
sys.path.insert(0, str(Path(__file__).parent))

from stateful import DIFFERENT


def stored(value):
    return results.decode(results.encode(value))


KINDS = [each for pair in DIFFERENT.values() for each in pair]


# Exceptions


class Refused(Exception):
    def __init__(self, code, detail):
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail


# Classes that another process has not, or has another of


def make_enum():
    class Colour(enum.Enum):
        RED = 1

    return Colour.RED


read: list[Any] = []


class Plain:
    @classmethod
    def holding(cls, value):
        made = cls()
        made.value = value
        return made
