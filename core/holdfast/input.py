"""Inputs of runs: `RunInput` models, other pydantic models, and plain types.

Functions and methods that send, save, load or wait are called in sync code, and awaited in async code.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Set
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Self, TypedDict, TypeVar, overload
from uuid import UUID

from pydantic import BaseModel, ConfigDict, create_model

from holdfast.durations import Duration, patience_of
from holdfast.engine import run_inputs
from holdfast.engine.code.options import flag_of, text_of, texts_of
from holdfast.engine.drive.effects import adrive, drive
from holdfast.engine.drive.sync_async import call_sync_or_async, sync_or_async
from holdfast.engine.messages.receiving import receive
from holdfast.engine.messages.sending import send, sender_run
from holdfast.exceptions import InvalidFlow, NoSenderError, ReceiveTimeout
from holdfast.substitutes import absent_from, settings_checked

if TYPE_CHECKING:
    from holdfast.engine.drive.sync_async import MaybeAwaited

T = TypeVar("T")
Model = TypeVar("Model", bound="RunInput")
Reference = UUID | str
"""A flow run's id, a unique prefix of it, or its name."""


_METADATA = "_metadata"
"""The attribute of an input's metadata. It is not one of pydantic's private attributes, which count in comparisons."""


class Keyset(TypedDict):
    """The names under which a run's input is kept: its description, the response to it, and its schema."""

    description: str
    response: str
    schema: str


def keyset_from_base_key(base_key: str) -> Keyset:
    """Return the keyset of an input named ``base_key``, which is the key of its wait if it was asked by a pause."""
    return {
        "description": f"{base_key}-description",
        "response": f"{base_key}-response",
        "schema": f"{base_key}-schema",
    }


@dataclass(frozen=True, slots=True)
class RunInputMetadata:
    """The origin of a received input."""

    key: str
    """Its name, which is unique among the receiver's inputs."""
    sender: str | None
    """``holdfast.flow-run.ID`` if a flow run sent it, otherwise the name of the sender."""
    receiver: UUID


class RunInput(BaseModel):
    """The base class of models that a flow waits for, and that flows send to each other.

    Their fields become the form that a person fills in. The entered values come back as an instance.
    """

    model_config = ConfigDict(extra="forbid")

    _description: ClassVar[str | None] = None
    _initial_data: ClassVar[Mapping[str, Any]] = {}
    _variant_of: ClassVar[type[RunInput] | None] = None
    """The original class, if this one has initial data. Its instances are sent and received as instances of the
    original.
    """

    @classmethod
    def with_initial_data(cls, description: str | None = None, **initial_data: Any) -> type[Self]:
        """Return the same input with a description (Markdown) above its form, and initial values for the form.

        A field that the answer leaves out also gets the value given here. Raises `InvalidFlow` for an unknown field
        name.
        """
        if description is not None and not isinstance(description, str):
            raise InvalidFlow(f"description is {description!r}; it must be a string.")
        unknown = sorted(set(initial_data) - set(cls.model_fields))
        if unknown:
            raise InvalidFlow(f"{cls.__name__} has no field {', '.join(map(repr, unknown))} to set.")
        model = create_model(cls.__name__, __base__=cls, __module__=cls.__module__, __doc__=cls.__doc__)
        for name, value in initial_data.items():
            field = copy(model.model_fields[name])
            field.default, field.default_factory = value, None
            model.model_fields[name] = field
        model.model_rebuild(force=True)
        model._description = description if description is not None else cls._description
        model._variant_of = vars(cls).get("_variant_of") or cls
        model._initial_data = {**cls._initial_data, **initial_data}
        return model

    @property
    def metadata(self) -> RunInputMetadata:
        """Key, sender and receiver of a received input. Raises `NoSenderError` for one that was made here."""
        found = self.__dict__.get(_METADATA)
        if not isinstance(found, RunInputMetadata):
            raise NoSenderError("This input was not received, so it has no metadata.")
        return found

    @classmethod
    def keyset_from_type(cls) -> Keyset:
        """Return the keyset of an input named like the class, in lower case."""
        return keyset_from_base_key(cls.__name__.lower())

    @classmethod
    @settings_checked
    def save(cls, keyset: Keyset, flow_run_id: Reference | None = None) -> MaybeAwaited[None]:
        """Offer the form of this input, without pausing: the inbox and ``holdfast send`` show it until the run ends.

        ``flow_run_id`` is the run that is asked, by default the one that executes here. `load` reads what was sent.
        Raises `NotRunningError` for a run that has ended.
        """
        return call_sync_or_async(lambda: run_inputs.save(cls, keyset["response"], flow_run_id))

    @classmethod
    @settings_checked
    def load(cls, keyset: Keyset, flow_run_id: Reference | None = None) -> MaybeAwaited[Self]:
        """Return the response to this input: what was sent for `save`, or the answer to the wait with this key.

        Without one, return an instance with defaults, or raise pydantic's `ValidationError` if a field has none.
        """
        return call_sync_or_async(lambda: cls._load(keyset, flow_run_id))

    @classmethod
    def _load(cls, keyset: Keyset, flow_run_id: Reference | None) -> Any:
        value, key, sender, receiver = run_inputs.load(cls, keyset["response"], flow_run_id)
        return _with_metadata(value, RunInputMetadata(key, sender, receiver))

    @settings_checked
    def send_to(
        self, flow_run_id: Reference, sender: str | None = None, key_prefix: str | None = None
    ) -> MaybeAwaited[None]:
        """Send this input to a flow run; see `send_input`."""
        return send_input(self, flow_run_id, sender, key_prefix)

    @settings_checked
    def respond(self, run_input: Any, sender: str | None = None, key_prefix: str | None = None) -> MaybeAwaited[None]:
        """Send ``run_input`` to the flow run that sent this one. Raises `NoSenderError` if none did."""
        return _respond(self.metadata, run_input, sender, key_prefix)

    @classmethod
    @settings_checked
    def receive(
        cls,
        timeout: Duration | None = 3600,
        poll_interval: float | None = None,
        raise_timeout_error: bool = False,
        exclude_keys: Set[str] | None = None,
        key_prefix: str | None = None,
        flow_run_id: Reference | None = None,
    ) -> InputReceiver[Self]:
        """Receive inputs of this class; see `receive_input`."""
        return receive_input(cls, timeout, poll_interval, raise_timeout_error, exclude_keys, key_prefix, flow_run_id)


@dataclass(frozen=True, slots=True)
class ReceivedInput(Generic[T]):
    """A received value that is not a `RunInput`, with its origin."""

    value: T
    metadata: RunInputMetadata

    @settings_checked
    def respond(self, run_input: Any, sender: str | None = None, key_prefix: str | None = None) -> MaybeAwaited[None]:
        """Send ``run_input`` to the flow run that sent this. Raises `NoSenderError` if none did."""
        return _respond(self.metadata, run_input, sender, key_prefix)


class InputReceiver(Generic[T]):
    """Receives the inputs sent to a flow run, in order, from the first one: by `next`, ``for`` or ``async for``.

    Made by `receive_input` and `RunInput.receive`. When the run executes again, it receives the same inputs in the same
    order, before it waits for more.
    """

    def __init__(self, reception: Any, *, raise_timeout_error: bool, with_metadata: bool) -> None:
        self._reception = reception
        self._raise_timeout_error = raise_timeout_error
        self._with_metadata = with_metadata

    def next(self) -> MaybeAwaited[T]:
        """Return the next input; in async code, ``await`` it. Raises `ReceiveTimeout`, a `TimeoutError`."""
        return sync_or_async(self._next(raises=True))

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        try:
            received: T = drive(self._next(raises=self._raise_timeout_error))
        except ReceiveTimeout:
            if self._raise_timeout_error:
                raise
            raise StopIteration from None
        return received

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    async def __anext__(self) -> T:
        try:
            received: T = await adrive(self._next(raises=self._raise_timeout_error))
        except ReceiveTimeout:
            if self._raise_timeout_error:
                raise
            raise StopAsyncIteration from None
        return received

    def _next(self, raises: bool) -> Any:
        self._reception.raises = raises
        value, message = yield from receive(self._reception)
        metadata = RunInputMetadata(message.key, message.sender, message.flow_run_id)
        if isinstance(value, RunInput):
            return _with_metadata(value, metadata)
        return ReceivedInput(value, metadata) if self._with_metadata else value


@settings_checked
def send_input(
    run_input: Any, flow_run_id: Reference, sender: str | None = None, key_prefix: str | None = None
) -> MaybeAwaited[None]:
    """Send a value to a flow run, which receives it with `receive_input`, now or later.

    ``run_input`` is a `RunInput`, another pydantic model, or a value of a plain type. Receivers of its type get it, or
    with a ``key_prefix`` the receivers of that prefix. ``sender`` is by default the flow run that executes here. A
    message that a flow run sends is sent once, even if its code executes again. Raises `FlowRunNotFound`,
    `NotRunningError` if the run has ended, or `InvalidFlow` for a value without a JSON Schema.
    """
    text_of({"sender": sender}, "sender")

    def do() -> None:
        send(run_inputs.database_here(), flow_run_id, run_input, key_prefix=key_prefix, sender=sender)

    return call_sync_or_async(do)


@overload
def receive_input(  # type: ignore[overload-overlap]
    input_type: type[Model],
    timeout: Duration | None = ...,
    poll_interval: float | None = ...,
    raise_timeout_error: bool = ...,
    exclude_keys: Set[str] | None = ...,
    key_prefix: str | None = ...,
    flow_run_id: Reference | None = ...,
    with_metadata: bool = ...,
) -> InputReceiver[Model]: ...
@overload
def receive_input(
    input_type: type[T],
    timeout: Duration | None = ...,
    poll_interval: float | None = ...,
    raise_timeout_error: bool = ...,
    exclude_keys: Set[str] | None = ...,
    key_prefix: str | None = ...,
    flow_run_id: Reference | None = ...,
    with_metadata: Literal[False] = ...,
) -> InputReceiver[T]: ...
@overload
def receive_input(
    input_type: type[T],
    timeout: Duration | None = ...,
    poll_interval: float | None = ...,
    raise_timeout_error: bool = ...,
    exclude_keys: Set[str] | None = ...,
    key_prefix: str | None = ...,
    flow_run_id: Reference | None = ...,
    *,
    with_metadata: Literal[True],
) -> InputReceiver[ReceivedInput[T]]: ...
@overload
def receive_input(
    input_type: Any,
    timeout: Duration | None = ...,
    poll_interval: float | None = ...,
    raise_timeout_error: bool = ...,
    exclude_keys: Set[str] | None = ...,
    key_prefix: str | None = ...,
    flow_run_id: Reference | None = ...,
    with_metadata: bool = ...,
) -> InputReceiver[Any]: ...
@settings_checked
def receive_input(
    input_type: Any,
    timeout: Duration | None = 3600,
    poll_interval: float | None = None,
    raise_timeout_error: bool = False,
    exclude_keys: Set[str] | None = None,
    key_prefix: str | None = None,
    flow_run_id: Reference | None = None,
    with_metadata: bool = False,
) -> InputReceiver[Any]:
    """Receive the inputs that were and will be sent to this flow run, in order, from the first one.

    ``input_type`` is a model or a plain type. Values of that type are received, and for a union those of each of its
    types; with a ``key_prefix``, those sent with the same prefix. ``timeout`` is in seconds for each input, ``None``
    for no limit: after it `InputReceiver.next` raises `ReceiveTimeout`, and a loop ends, or raises with
    ``raise_timeout_error``. Inputs whose key is in ``exclude_keys`` are left out. ``flow_run_id`` is the run whose
    inputs are read, by default the one that executes here. ``with_metadata`` returns `ReceivedInput` for values that
    are not a `RunInput`. ``poll_interval`` has no effect: inputs are noticed immediately. Raises `OutsideFlowRun`,
    `InvalidFlow` or `FlowRunNotFound`.
    """
    flags = {"raise_timeout_error": raise_timeout_error, "with_metadata": with_metadata}
    for name in flags:
        flag_of(flags, name)
    excluded = frozenset(texts_of({"exclude_keys": exclude_keys}, "exclude_keys"))
    return InputReceiver(
        run_inputs.reception(input_type, patience_of(timeout, "timeout"), excluded, key_prefix, flow_run_id),
        raise_timeout_error=raise_timeout_error,
        with_metadata=with_metadata,
    )


def _respond(
    metadata: RunInputMetadata, run_input: Any, sender: str | None, key_prefix: str | None
) -> MaybeAwaited[None]:
    flow_run_id = sender_run(metadata.sender)
    if flow_run_id is None:
        raise NoSenderError("Cannot respond to an input that was not sent by a flow run.")
    return send_input(run_input, flow_run_id, sender, key_prefix)


def _with_metadata(value: RunInput, metadata: RunInputMetadata) -> RunInput:
    vars(value)[_METADATA] = metadata
    return value


if not TYPE_CHECKING:
    __getattr__ = absent_from(__name__)
