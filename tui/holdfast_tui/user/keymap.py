"""The user's keys. Each binding has an id, and a file assigns other keys to ids.

Ids come from actions: ``verb('pause')`` is ``pause``, ``view('inbox')`` is ``view.inbox``. So a key has the
same meaning everywhere, and is changed everywhere at once.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, ClassVar, cast

from textual.actions import parse
from textual.binding import Binding, BindingType
from textual.keys import Keys, key_to_character

import holdfast_tui
from holdfast import settings
from holdfast.type_guards import is_dict, is_list

_NAMES = {
    "move(1)": "list.down", "move(-1)": "list.up", "page(1)": "list.page-down", "page(-1)": "list.page-up",
    "half_page(1)": "list.half-page-down", "half_page(-1)": "list.half-page-up",
    "first": "list.first", "last": "list.last", "pane(1)": "pane.next", "pane(-1)": "pane.before",
    "clear": "back", "keys": "help", "suspend_process": "suspend-app",
}  # fmt: skip
"""Ids that are not derived from the action."""
_MODIFIERS = ("ctrl", "shift", "alt", "meta", "super", "hyper")
_NAMED_KEYS = {str(each.value) for each in Keys} | {"space"}

_PASSED_ON = {"enter", "escape", "tab", "shift+tab"}
"""Keys that several bindings share. The first one that can do something acts."""


class Keyed:
    """Gives the bindings of a class their ids. It must come before Textual's class in the bases."""

    BINDINGS: ClassVar[list[BindingType]] = []
    keyed: ClassVar[list[type[Keyed]]] = []
    """All classes with bindings."""

    def __init_subclass__(cls, **options: Any) -> None:
        own = cls.__dict__.get("BINDINGS", ())
        if own:
            # Textual reads it, though it is written like a constant.
            cls.BINDINGS = [_with_id(each) for each in own]  # pyright: ignore[reportConstantRedefinition]
            Keyed.keyed.append(cls)
        super().__init_subclass__(**options)


def _with_id(binding: BindingType) -> BindingType:
    if not isinstance(binding, Binding):
        binding = Binding(*cast("tuple[str, str, str]", binding))
    return binding if binding.id else replace(binding, id=id_of(binding.action))


def id_of(action: str) -> str:
    """Return the id of the binding of an action."""
    if action in _NAMES:
        return _NAMES[action]
    _, name, parameters = parse(action)
    words = [str(each) for each in parameters]
    parts = words if name == "verb" else [name, *words]
    return ".".join(parts).replace("_", "-")


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A binding as `holdfast keys` lists it."""

    id: str
    keys: str
    """The default keys, separated by commas."""
    name: str
    about: str


def known() -> list[KeyInfo]:
    """Return all bindings of the loaded modules, each id once."""
    found: dict[str, KeyInfo] = {}
    bindings = [binding for each in Keyed.keyed for binding in each.BINDINGS if isinstance(binding, Binding)]
    # A binding that calls its screen is a special case of the screen's binding, which describes the key.
    for binding in sorted(bindings, key=lambda each: each.action.startswith("screen.")):
        assert binding.id is not None
        before = found.get(binding.id)
        keys = binding.key if before is None else ",".join(dict.fromkeys(f"{before.keys},{binding.key}".split(",")))
        about = (before.about if before else "") or binding.tooltip or binding.description
        name = (before.name if before else "") or binding.description
        found[binding.id] = KeyInfo(binding.id, keys, name, about)
    return sorted(found.values(), key=lambda each: ("." in each.id, each.id))


def load_all() -> list[KeyInfo]:
    """Return all bindings of the app. This imports all its modules, which takes a while."""
    for module in pkgutil.walk_packages(holdfast_tui.__path__, "holdfast_tui."):
        if module.name.startswith("holdfast_tui.web"):
            continue  # It has no keys, and needs packages that may not be installed.
        importlib.import_module(module.name)
    return known()


# The file.


def file() -> Path:
    """Return the path of the user's keymap."""
    return settings.config() / "keymap.toml"


def read(path: Path) -> tuple[dict[str, str], list[str]]:
    """Return the keys by id, and a sentence for each invalid entry, which is ignored."""
    if not path.exists():
        return {}, []
    import tomllib  # few users have such a file, and the first paint waits for this import

    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return {}, [f"Cannot read {path}, so the default keys are used: {error}."]
    keymap: dict[str, str] = {}
    wrong: list[str] = []
    for name, value in _flat(tables):
        keys = _keys(value)
        unknown = [key for key in keys if not is_key(key)]
        if not keys:
            wrong.append(f"{name} in {path.name} has no key.")
        elif unknown:
            wrong.append(f"{name} in {path.name}: there is no key {unknown[0]!r}.")
        else:
            keymap[name] = ",".join(keys)
    return keymap, wrong


def problems(keymap: Mapping[str, str]) -> list[str]:
    """Return sentences about unknown ids, and about keys that two bindings have. This imports the whole app."""
    usual = {each.id: each.keys for each in load_all()}
    sentences: list[str] = []
    for name, keys in keymap.items():
        if name not in usual:
            close = get_close_matches(name, usual, 1)
            hint = f"did you mean {close[0]!r}?" if close else "`holdfast keys` lists all ids."
            sentences.append(f"There is no key id {name!r}: {hint}")
            continue
        for key in set(keys.split(",")) - _PASSED_ON:
            others = [
                each
                for each in usual
                if each != name and in_dialog(each) == in_dialog(name)
                if key in keymap.get(each, usual[each]).split(",")
            ]
            sentences += [f"The key {key} is assigned to {name}, but {other} has it too." for other in others]
    return sentences


def in_dialog(name: str) -> bool:
    """Whether a key belongs to dialogs, in which no other keys act."""
    return name.startswith("dialog.")


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if is_dict(value):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _keys(value: Any) -> list[str]:
    given = value.split(",") if isinstance(value, str) else value if is_list(value) else list[Any]()
    return [each.strip() for each in given if isinstance(each, str) and each.strip()]


def is_key(name: str) -> bool:
    """Whether this is the name of a key: a character, or a word such as ``f2``, ``pageup`` or ``ctrl+d``."""
    *modifiers, key = name.split("+") if len(name) > 1 else [name]
    if any(each not in _MODIFIERS for each in modifiers):
        return False
    return len(key) == 1 or key in _NAMED_KEYS or key_to_character(key) is not None
