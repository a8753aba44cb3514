"""Where in the user's code a flow was made."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import FrameType

from holdfast.engine.code_location import Namespace


@dataclass(frozen=True, slots=True)
class Making:
    """Where a flow was made: by which module, and in which line of which module's top level."""

    namespace: Namespace
    module: Namespace | None
    line: int | None

    @classmethod
    def here(cls) -> Making:
        """Where the code is that called Holdfast."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and str(frame.f_globals.get("__name__", "")).startswith("holdfast."):
            frame = frame.f_back
        namespace = {} if frame is None else frame.f_globals
        while frame is not None and frame.f_code.co_name != "<module>":
            frame = frame.f_back
        return cls(namespace, None, None) if frame is None else cls(namespace, frame.f_globals, frame.f_lineno)
