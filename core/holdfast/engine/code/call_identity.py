"""What a call is found by when a run executes again.

A call of a task or child flow is what is called, with which inputs, and how many such calls came before it in
its run. So neither the order in which threads finish nor changes in the code around it matter.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from holdfast.engine.results import is_exact_json
from holdfast.engine.stored_values.earlier_digests import earlier_digest

if TYPE_CHECKING:
    from holdfast.engine.stored_values.state_digests import Grown

_encode_json = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode

STATE = "~"
"""What the digest of a state begins with. That of JSON alone, and those of earlier versions, begin with a digit."""


class CallCounter:
    """Counts the calls of one execution of a run; safe to use from several threads."""

    def __init__(self, prefix: str = "") -> None:
        self._lock = threading.Lock()
        self._prefix = prefix
        self._seen: Counter[str] = Counter()
        self._earlier: dict[int, frozenset[str]] = {}

    def next(self, what: str) -> int:
        """How many times ``what`` was counted, this time included."""
        with self._lock:
            self._seen[what] += 1
            return self._seen[what]

    def count(self, what: str) -> int:
        """How many times ``what`` was counted so far."""
        with self._lock:
            return self._seen[what]

    def call(self, key: str, inputs: Mapping[str, Any], recorded: Collection[str] = (), variant: str = "") -> str:
        """What re-execution finds this call by; ``recorded`` is what earlier executions found theirs by.

        Inputs that have no digest count as unknown, so that the call is found by its position among the calls of the
        same thing. A call that an earlier version of Holdfast recorded is found by what it had then, and that of one of
        several variants by its key alone, if it was the only one then.
        """
        key = self._prefix + key
        call = self._of(key, inputs, recorded)
        if not variant:
            return call
        own = self._of(key + variant, inputs, recorded)
        return call if call in recorded and own not in recorded else own

    def _of(self, key: str, inputs: Mapping[str, Any], recorded: Collection[str]) -> str:
        call, earlier = self.with_earlier(key, inputs, not recorded or not self._is_recorded_earlier(key, recorded))
        former = None
        if recorded and call.startswith(f"{key}({STATE}") and (before := _digest_before_growth(inputs)) is not None:
            name = f"{key}({before})"
            former = None if call.startswith(name) else self._numbered(name)
        if call not in recorded:
            return next((each for each in (former, earlier) if each is not None and each in recorded), call)
        return call

    def with_earlier(self, key: str, inputs: Mapping[str, Any], is_new: bool = False) -> tuple[str, str | None]:
        """What a call is found by, and what an earlier version of Holdfast would have found it by, if that differs."""
        found = digest(inputs)
        call = self._numbered(f"{key}({found or STATE})")
        if is_new or (found is not None and found[0] != STATE):
            return call, None
        return call, self._numbered(f"{key}({earlier_digest(inputs) or '?'})")

    def _numbered(self, what: str) -> str:
        return f"{what}#{self.next(what)}"

    def _is_recorded_earlier(self, key: str, recorded: Collection[str]) -> bool:
        """Whether a call of this may have been recorded by an earlier version of Holdfast."""
        known = self._earlier.get(id(recorded))
        if known is None:
            calls = (each.rpartition("(") for each in recorded)
            known = frozenset(key for key, _, digest in calls if not digest.startswith(STATE))
            self._earlier[id(recorded)] = known
        return key in known


def digest(inputs: Mapping[str, Any]) -> str | None:
    """A short hash of a call's inputs, the same in every process and equal only for inputs of equal state.

    ``None`` where their state cannot be told from another's. See `state_digests`.
    """
    try:
        if is_exact_json(inputs):
            return hashlib.blake2b(_encode_json(inputs).encode(), digest_size=12).hexdigest()
    except (ValueError, RecursionError):
        pass  # a number of too many digits, or too deep for JSON
    try:
        return STATE + state_digest(inputs)
    except Exception:  # noqa: BLE001 - any class may refuse to be pickled, in any way
        return None


def _digest_before_growth(inputs: Mapping[str, Any]) -> str | None:
    """What the digest of inputs was before their classes got the fields that stored objects lacked, if any did."""
    from holdfast.engine.stored_values import grown_classes  # as in `state_digest`

    if not grown_classes.given:
        return None
    try:
        return STATE + state_digest(inputs, without=grown_classes.given)
    except Exception:  # noqa: BLE001 - as above
        return None


def state_digest(value: Any, size: int = 12, without: Grown | None = None) -> str:
    """A hash of the whole state of a value; see `state_digests.state_digest`."""
    # Loaded when it is needed first: most calls are given nothing but JSON.
    from holdfast.engine.stored_values import state_digests

    return state_digests.state_digest(value, size, without)
