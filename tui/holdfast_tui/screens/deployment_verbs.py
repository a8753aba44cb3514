"""Actions on deployments: pausing, resuming and deleting them, and starting their runs with a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from holdfast.exceptions import ParameterError, Path
from holdfast.records import Deployment, Draft, DraftOf, FlowRun
from holdfast.type_guards import is_dict
from holdfast_tui.data import deployment_rows
from holdfast_tui.data.deployment_rows import DeploymentRow, Start
from holdfast_tui.data.jobs import Lane
from holdfast_tui.screens.dialogs import ConfirmScreen
from holdfast_tui.screens.draft_store import StoreKeeper
from holdfast_tui.screens.picker import PickScreen
from holdfast_tui.verbs import actions

if TYPE_CHECKING:
    from holdfast.forms.fields import Json
    from holdfast_tui.app import HoldfastApp
    from holdfast_tui.forms.screen import AnswerResult, Submit
    from holdfast_tui.screens.run_screen import RunScreen

NO_WORKER = "It waits, because no worker is running."
ANY = {"type": "object"}
"""The schema for parameters without a schema."""


class DeploymentVerbs:
    """Does the actions on deployments for a screen, off the event loop."""

    def __init__(self, screen: RunScreen) -> None:
        self._screen = screen
        self._lane = Lane(screen, f"deploying-{id(screen)}")

    @property
    def _app(self) -> HoldfastApp:
        return self._screen.holdfast

    # Schedules.

    def begin(self, verb: str, of: Deployment) -> None:
        """Pause or resume a deployment's schedules after confirmation."""

        def done(now: Deployment) -> None:
            self._app.say(f"{now.full_name} is {'paused' if now.paused else 'active'}.")

        def asked(confirmed: bool | None) -> None:
            if confirmed:
                self._lane.submit(
                    lambda store: store.deployments.set_paused(of.id, verb == "pause"),
                    done,
                    failed=self._app.refuse,
                    urgent=True,
                )

        title, yes = f"{verb.capitalize()} the schedule of {of.full_name}?", verb.capitalize()
        self._app.push_screen(ConfirmScreen(title, deployment_rows.consequence(verb, of), yes), asked)

    def delete(self, of: Deployment) -> None:
        """Delete a deployment after confirmation."""

        def done(cancelled: int) -> None:
            runs = f"; {cancelled} of its runs had not started and were cancelled" if cancelled else ""
            self._app.say(f"{of.full_name} is deleted{runs}.")

        def asked(confirmed: bool | None) -> None:
            if confirmed:
                self._lane.submit(
                    lambda store: store.deployments.delete(of.id), done, failed=self._app.refuse, urgent=True
                )

        text = (
            "It can no longer be run, by schedule or by hand. Its runs that have not started are cancelled; all others "
            "are kept and continue. To create it again, deploy its flow under this name."
        )
        self._app.push_screen(ConfirmScreen(f"Delete {of.full_name}?", text, "Delete", grave=True), asked)

    # New runs.

    def start(self, of: Deployment | None) -> None:
        """Start a run of a deployment. Without one, ask for it first."""
        if of is not None:
            self._ask(of.id)
            return
        self._lane.submit(
            lambda store: store.deployments.list_all(), self._choose, failed=self._app.refuse, urgent=True
        )

    def start_named(self, name: str) -> None:
        """Start a run of the deployment of this name."""
        self._lane.submit(
            lambda store: store.deployments.find(name),
            lambda found: self._ask(found.id),
            failed=self._app.refuse,
            urgent=True,
        )

    def again(self, run: FlowRun) -> None:
        """Start a run like another one: the form has its parameters."""
        self._lane.submit(
            lambda store: store.deployments.start_form_like(run.id), self._open, failed=self._app.refuse, urgent=True
        )

    def _choose(self, rows: Sequence[DeploymentRow]) -> None:
        if not rows:
            self._app.say("There is no deployment. Create one with holdfast deploy FILE:FLOW.")
            return

        def chosen(index: int | None) -> None:
            if index is not None:
                self._ask(rows[index].deployment.id)

        options = [(each.deployment.full_name, deployment_rows.schedule(each.deployment)) for each in rows]
        self._app.push_screen(PickScreen("Start a run of", options), chosen)

    def _ask(self, deployment_id: UUID) -> None:
        self._lane.submit(
            lambda store: store.deployments.start_form(deployment_id),
            self._open,
            failed=self._app.refuse,
            urgent=True,
        )

    def _open(self, start: Start) -> None:
        if start.schema is not None and not start.schema.get("properties") and not _is_open(start.schema):
            self._confirm(start)
            return
        keeper = StoreKeeper(self._app, DraftOf.DEPLOYMENT, start.deployment.id)
        keeper.find(lambda kept: self._fill_in(start, keeper, kept))

    def _fill_in(self, start: Start, keeper: StoreKeeper, kept: Draft | None) -> None:
        from holdfast_tui.forms.screen import AnswerScreen  # forms are slow to import

        if isinstance(self._app.screen, AnswerScreen):
            return  # a second key was pressed while the first was being handled
        started: list[FlowRun] = []
        keeps = start.like is None or kept is None  # keep the existing draft, which belongs to another run

        def left(result: AnswerResult | None) -> None:
            if started:
                if keeps:
                    keeper.keep(None)
                self._tell(started[-1], start)

        screen = AnswerScreen(
            f"New run of {start.deployment.full_name}" + (f", like {start.like}" if start.like else ""),
            dict(start.schema or ANY),
            self._submit(start, started),
            initial=dict(start.defaults),
            submit_label="Start",
            clock=self._app.clock,
            kept=kept if start.like is None else None,
            keeper=keeper if keeps else None,
        )
        self._app.push_screen(screen, left)
        if start.left_out:
            self._app.say(
                f"{start.like} has Python values that a form cannot show: {', '.join(start.left_out)}.",
                severity="warning",
            )

    def _submit(self, start: Start, started: list[FlowRun]) -> Submit:
        def submit(value: Json) -> Mapping[Path, str] | None:
            if not is_dict(value):
                return {(): "Parameters must be a JSON object."}
            try:
                with self._app.gateway.store() as store:
                    started.append(store.deployments.start(start.deployment.id, value))
            except ParameterError as error:
                return {(): actions.in_words(error)}
            return None

        return submit

    def _confirm(self, start: Start) -> None:
        def asked(confirmed: bool | None) -> None:
            if confirmed:
                self._lane.submit(
                    lambda store: store.deployments.start(start.deployment.id, {}),
                    lambda run: self._tell(run, start),
                    failed=self._app.refuse,
                    urgent=True,
                )

        text = "It has no parameters. " + ("A worker executes it at once." if start.has_worker else NO_WORKER)
        self._app.push_screen(ConfirmScreen(f"Start a run of {start.deployment.full_name}?", text, "Start"), asked)

    def _tell(self, run: FlowRun, start: Start) -> None:
        text = f"{run.name} is scheduled."
        noted = self._app.actions.add("start", run.id, run.name, self._app.clock())
        self._app.settle(noted, actions.Outcome(text))
        self._app.say(text if start.has_worker else f"{text} {NO_WORKER}")


def _is_open(schema: Mapping[str, Json]) -> bool:
    """Whether a schema allows properties that it does not name."""
    return bool(schema.get("additionalProperties", False)) or "patternProperties" in schema
