"""How a call is recognized when a run executes again.

The identity of a task or child flow call consists of its name, its inputs, and the number of equal calls before it in
its run. So it depends neither on the order in which threads finish nor on changes in the code around it.
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
"""The prefix of a state digest. Digests of JSON alone, and those of earlier versions, begin with a digit."""


class CallCounter:
    """Counts the calls of one execution of a run; safe to use from several threads."""

    def __init__(self, prefix: str = "") -> None:
        self._lock = threading.Lock()
        self._prefix = prefix
        self._seen: Counter[str] = Counter()
        self._earlier: dict[int, frozenset[str]] = {}

    def next(self, what: str) -> int:
        """Count ``what`` once more, and return its count."""
        with self._lock:
            self._seen[what] += 1
            return self._seen[what]

    def count(self, what: str) -> int:
        """Return how many times ``what`` was counted so far."""
        with self._lock:
            return self._seen[what]

    def call(self, key: str, inputs: Mapping[str, Any], recorded: Collection[str] = (), variant: str = "") -> str:
        """Return the identity of this call. ``recorded`` has the identities from earlier executions.

        Inputs without a digest count as unknown, so that the call is recognized by its position among the calls with
        the same key. A call that an earlier version of Holdfast recorded has the identity of that version. A call of
        one of several variants has its key alone, if it was the only variant then.
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
        """Return the identity of a call, and its identity in an earlier version of Holdfast if that differs."""
        found = digest(inputs)
        call = self._numbered(f"{key}({found or STATE})")
        if is_new or (found is not None and found[0] != STATE):
            return call, None
        return call, self._numbered(f"{key}({earlier_digest(inputs) or '?'})")

    def _numbered(self, what: str) -> str:
        return f"{what}#{self.next(what)}"

    def _is_recorded_earlier(self, key: str, recorded: Collection[str]) -> bool:
        """Whether an earlier version of Holdfast may have recorded such a call."""
        known = self._earlier.get(id(recorded))
        if known is None:
            calls = (each.rpartition("(") for each in recorded)
            known = frozenset(key for key, _, digest in calls if not digest.startswith(STATE))
            self._earlier[id(recorded)] = known
        return key in known


def digest(inputs: Mapping[str, Any]) -> str | None:
    """Return a short hash of a call's inputs.

    It is the same in every process, and equal only for inputs of equal state.

    ``None`` if their state cannot be distinguished from another. See `state_digests`.
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
    """Return the digest of the inputs before their classes got the fields that stored objects lacked."""
    from holdfast.engine.stored_values import grown_classes  # as in `state_digest`

    if not grown_classes.given:
        return None
    try:
        return STATE + state_digest(inputs, without=grown_classes.given)
    except Exception:  # noqa: BLE001 - as above
        return None


def state_digest(value: Any, size: int = 12, without: Grown | None = None) -> str:
    """Return a hash of the whole state of a value; see `state_digests.state_digest`."""
    # Imported when it is first needed: most calls have only JSON as inputs.
    from holdfast.engine.stored_values import state_digests

    return state_digests.state_digest(value, size, without)
