"""Where in the user's code a flow was made."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import FrameType

from holdfast.engine.code.code_location import Namespace

_TYPED = ("<stdin>", "<console>", "<input>", "<ipython", "<python-input", "<bpython", "<pyshell", "<doctest")
"""Prefixes of file names that stand for typed input."""


def is_typed(file: str) -> bool:
    """Whether code with this file name was typed into a session or a notebook."""
    return file.startswith(_TYPED) or "ipykernel" in file


@dataclass(frozen=True, slots=True)
class Making:
    """Where a flow was made: the module and the line at the module's top level."""

    namespace: Namespace
    module: Namespace | None
    line: int | None
    was_typed: bool = False
    """Whether a person typed it into a session, which may have the globals of a file. No file contains it."""

    @classmethod
    def here(cls) -> Making:
        """Return the place in the user's code that called Holdfast."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and str(frame.f_globals.get("__name__", "")).startswith("holdfast."):
            frame = frame.f_back
        namespace = {} if frame is None else frame.f_globals
        while frame is not None and frame.f_code.co_name != "<module>":
            frame = frame.f_back
        if frame is None:
            return cls(namespace, None, None)
        frame = _executing(frame)
        return cls(namespace, frame.f_globals, frame.f_lineno, is_typed(frame.f_code.co_filename))


def _executing(frame: FrameType) -> FrameType:
    """Return the top level of the file that executes a text with its own globals, if ``frame`` is such a text."""
    outer: FrameType | None = frame
    while outer is not None and outer.f_code.co_filename == "<string>":
        outer = outer.f_back
        while outer is not None and outer.f_code.co_name != "<module>":
            outer = outer.f_back
    return frame if outer is None or outer.f_globals is not frame.f_globals else outer
