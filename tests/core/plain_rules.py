"""The rules of runs and their waits, as plain as they can be said: what the store is compared with, step by step.

One run here has no children: a `Run` is a root with its waits. Whoever executes it is only a name, ``host``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

RUNNING = ("Running", "Retrying", "Pausing", "Suspending")
SCHEDULED = ("Scheduled", "AwaitingRetry", "Resuming")
FAILED = ("Failed", "Crashed", "Cancelled")
FINAL = ("Completed", *FAILED)
LEAVE = ("suspend", "unwind", "release")
SHOWN = {"pause": "Pausing", "suspend": "Suspending", "unwind": "Suspending", "cancel": "Cancelling"}
RECOVERIES = 3


class Refused(Exception):
    """What was tried is not possible; its text is the name of the exception that the store raises."""


@dataclass
class Wait:
    id: str
    key: str
    version: int
    asked_in: int
    deadline: int | None
    status: str = "open"
    answer: int | None = None
    accepted: bool = False

    def has_expired(self, now: int) -> bool:
        return self.status == "open" and self.answer is None and self.deadline is not None and self.deadline <= now

    def seen(self) -> tuple[str, str, int | None, bool]:
        return self.key, self.status, self.answer, self.accepted


@dataclass
class Run:
    id: str
    host: str | None
    state: str = "Running"
    request: str | None = None
    executions: int = 1
    recoveries: int = 0
    is_due: bool = False
    waits: list[Wait] = field(default_factory=list)

    # What a process does

    def ask(self, new: str, key: str, version: int, deadline: int | None, now: int, *, suspend: bool) -> Wait | None:
        """A call of pause or suspend: the question as it stands then, or ``None`` if something else comes first."""
        if self.request is not None and not (suspend and self.request == "unwind"):
            return None
        found = self._recorded(key, version, now)
        if found is None:
            self._supersede(key)
            found = Wait(new, key, version, self.executions, deadline)
            self.waits.append(found)
        found.asked_in = self.executions
        if found.has_expired(now):
            found.status = "expired"
        elif found.answer is None and suspend:
            self._ask_of_process("unwind")
        elif found.answer is None:
            self._move("Paused")
        return found

    def _recorded(self, key: str, version: int, now: int) -> Wait | None:
        same = [each for each in self.waits if (each.key, each.version) == (key, version)]
        live = [each for each in same if each.status in ("open", "decided")]
        if live:
            return live[0]
        aside = [
            each
            for each in same
            if (each.answer is not None and each.status in ("superseded", "withdrawn"))
            or (each.status == "superseded" and (each.deadline is None or each.deadline > now))
        ]
        if not aside:
            return None
        found = max(aside, key=lambda each: (each.answer is not None, each.id))
        if not found.accepted:
            self._supersede(key)
        found.status = "decided" if found.accepted else "open"
        return found

    def _supersede(self, key: str) -> None:
        """A key is of one question at a time: the one that an earlier execution asked makes room."""
        old = [w for w in self.waits if w.key == key and w.status in ("open", "decided")]
        old = [w for w in old if w.asked_in < self.executions]
        if old:
            min(old, key=lambda each: (each.status != "open", each.id)).status = "superseded"

    def judge(self, wait: Wait, accepted: bool) -> None:
        """The process sees an answer, and takes it or objects."""
        if not accepted:
            wait.answer = None
            return
        wait.accepted, wait.status = True, "decided"
        self._go_on()

    def expire(self, wait: Wait) -> None:
        wait.status = "expired"
        self._go_on()

    def _go_on(self) -> None:
        if self.state == "Paused" and self.request in (None, "release") and not self._stands_at():
            self.state = "Running"

    def _stands_at(self) -> list[Wait]:
        return [each for each in self.waits if each.status == "open" and each.asked_in == self.executions]

    def acknowledge_pause(self) -> None:
        if self.state == "Pausing":
            self._move("Paused")

    def leave(self) -> None:
        """The process has left the code, since it was told to."""
        if self.state == "Cancelling":
            return
        if self.request == "release" and not self._stands_at():
            self._move("Scheduled", is_due=True)
        else:
            self._suspend(go_on=self.request is None)

    def is_stopped(self) -> None:
        """The process is told to end by its system, and says so."""
        if self.request == "cancel":
            self._move("Cancelled")
        elif self.request in ("suspend", "unwind") or self._stands_at():
            self._suspend()
        else:
            self._move("Crashed")

    def _suspend(self, *, go_on: bool = False, recoveries: int = 0) -> None:
        go_on = go_on or self._has_something_to_go_on_with()
        self._move("Suspended", is_due=False)
        self.recoveries = recoveries
        if go_on:
            self._move("Resuming", is_due=True)

    def _has_something_to_go_on_with(self) -> bool:
        """An answer that nobody took, or what came while the code was being left.

        Code that came to a question by itself would come to it again: an answer to another one does not help it.
        """
        anywhere = self.request != "unwind"
        standing = [each for each in self.waits if each.status == "open" and each.answer is not None]
        return self.is_due or any(anywhere or each.asked_in == self.executions for each in standing)

    def end(self, state: str) -> bool:
        """The code has ended; ``False`` if something holds the run."""
        if state != "Cancelled" and (self.state == "Paused" or self.request == "unwind"):
            return False
        self._move(state)
        return True

    def await_retry(self) -> bool:
        if self.request is not None or self.state == "Paused":
            return False
        self._set_aside()
        self.state = "AwaitingRetry"
        return True

    def try_again(self) -> bool:
        if self.request is not None:
            return False
        self.state, self.is_due = "Retrying", False
        self.executions += 1
        return True

    # What people do

    def give(self, wait: Wait, answer: int, now: int) -> None:
        if wait.answer is not None:
            if wait.answer != answer:
                raise Refused("AlreadyDecidedError")
            if wait.status == "open":
                self._is_answered()
            return
        if wait.has_expired(now) or wait.status == "expired":
            raise Refused("FlowPauseTimeout")
        if wait.status == "superseded":
            raise Refused("QuestionChangedError")
        if wait.status != "open":
            raise Refused("NotPausedError")
        wait.answer = answer
        self._is_answered()

    def _is_answered(self) -> None:
        if self.state == "Suspended":
            self._move("Resuming", is_due=True)
        elif self.request in LEAVE:
            self.is_due = True

    def ask_from_outside(self, request: str) -> None:
        own_retry = self.state == "AwaitingRetry" and self.host is not None
        applies = {
            "pause": self.state in RUNNING or own_retry,
            "suspend": self.state in (*RUNNING, "Paused") or own_retry,
            "cancel": self.state not in FINAL,
        }[request]
        if not applies or self.request == request or self.state == SHOWN[request]:
            raise Refused("NotRunningError")
        if request == "cancel" and self.host_has_not_begun():
            self._move("Cancelled")
        else:
            self._ask_of_process(request)

    def host_has_not_begun(self) -> bool:
        return self.state in ("Pending", "Suspended") or (self.state in SCHEDULED and self.host is None)

    def _ask_of_process(self, request: str) -> None:
        if request == "unwind" and self.state == "Suspending":
            return
        self.state, self.request = SHOWN[request], request

    def take_back(self) -> None:
        if self.state == "Suspended":
            self._move("Resuming", is_due=True)
        elif self.request not in ("pause", "suspend"):
            raise Refused("NotPausedError")
        elif self._stands_at() and self.state in ("Paused", "Suspending"):
            self.request, self.state = None, "Paused"
        else:
            self._move("Running")

    def retry(self) -> None:
        if self.state not in FAILED:
            raise Refused("NotRunningError")
        self._set_aside()
        self._move("AwaitingRetry", is_due=True)
        self.recoveries = 0

    def _set_aside(self) -> None:
        """What has expired stays expired, and counts no more: nothing here asks what has."""

    # What workers and whoever looks next do

    def claim(self, host: str) -> None:
        self._move("Pending")
        self.host = host

    def begin(self, host: str) -> None:
        self._move("Running")
        self.host, self.is_due = host, False
        self.executions += 1

    def release(self) -> None:
        """Its worker stops: the process is to leave the code, which shows in no state before it has."""
        if self.request in (None, "pause") and self.state in (*RUNNING, "Paused", "AwaitingRetry"):
            self.request = "release" if self.request is None else "unwind"

    def recover(self, *, is_child: bool) -> None:
        """Its process has died."""
        if self.request == "cancel":
            self._move("Cancelled")
        elif self.state == "Pending":
            self._move("Scheduled", is_due=True)
        elif self.request in ("pause", "suspend", "unwind") or self._stands_at():
            self._wait_on()
        elif not is_child:
            self._move("Crashed")
        elif self.state == "AwaitingRetry":
            self._move("Scheduled", is_due=True)
            self.recoveries += 1
        elif self.recoveries < RECOVERIES:
            self._move("AwaitingRetry", is_due=True)
            self.recoveries += 1
        else:
            self._move("Crashed")

    def _wait_on(self) -> None:
        if not self._has_something_to_go_on_with():
            self._suspend()
        elif self.recoveries < RECOVERIES:
            self._suspend(recoveries=self.recoveries + 1)
        else:
            self._move("Crashed")

    def expire_due(self, now: int) -> None:
        """A suspended run whose question's deadline has passed has failed."""
        due = [each for each in self._stands_at() if each.has_expired(now)]
        if self.state == "Suspended" and due:
            min(due, key=lambda each: each.deadline or 0).status = "expired"
            self._move("Failed")

    def _move(self, state: str, *, is_due: bool | None = None) -> None:
        self.state = state
        if is_due is not None:
            self.is_due = is_due
        if state == "Paused":
            self.recoveries = 0
        else:
            self.request = None
        if state in (*FINAL, *SCHEDULED, "Suspended"):
            self.host = None
        if state in FINAL:
            self.is_due = False
            self._close_waits(state)

    def _close_waits(self, state: str) -> None:
        for each in self.waits:
            if each.status != "open":
                continue
            if state == "Completed" and (each.answer is not None or each.asked_in != self.executions):
                each.status = "superseded"
            elif state in ("Completed", "Cancelled") or each.answer is None:
                each.status = "withdrawn"
