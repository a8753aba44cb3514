"""Refusing names that Prefect has and Holdfast does not (`holdfast.prefect_names`), and other unknown names.

An unknown name is refused where it is given or imported. The error says what to use instead, or which name was probably
meant.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Never, ParamSpec, TypeVar

import holdfast
from holdfast.prefect_names import FROM_ENVIRONMENT, MEMBERS, MEMBERS_OF, MODULES, NAMES, OF_THE_FLOW, SETTINGS

P = ParamSpec("P")
R = TypeVar("R")


_PARENTS = {f"{__package__}.{name.partition('.')[0]}" for name in MODULES}


class AbsentModules:
    """Finds no module. If a module is missing that Prefect has, it says what to use instead."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> None:
        """Raise `ModuleNotFoundError` for modules that Prefect has and Holdfast does not."""
        package, _, below = name.partition(".")
        instead = (MODULES.get(below) or _instead_of(below)) if package == __package__ else None
        if instead is not None:
            parent, _, module = name.rpartition(".")
            raise ModuleNotFoundError(f"{parent} has no {module}: {instead}.", name=name)


def _instead_of(name: str) -> str | None:
    if (instead := _found(NAMES, name)) is not None:
        return instead
    if name.startswith("PREFECT_"):
        return FROM_ENVIRONMENT
    return f"import it from {__package__}" if name in _public_names() else None


def _found(names: Mapping[str, str], name: str) -> str | None:
    """Return what to use instead; a name with a leading ``a`` is the same in async code."""
    return names.get(name) or names.get(name.removeprefix("a"))


def _public_names() -> list[str]:
    return holdfast.__all__


def absent_from(module: str) -> Callable[[str], Any]:
    """Return a ``__getattr__`` for a module.

    A name that Prefect has there raises an `ImportError`, which an import shows.
    """

    def refuse(name: str) -> Never:
        if (instead := _instead_of(name)) is not None:
            raise ImportError(f"{module} has no {name}: {instead}.", name=module)
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    if module not in _PARENTS:
        return refuse

    def refuse_below(name: str) -> list[str]:
        # With an empty path for its modules it is asked for them by name, like a package.
        return [] if name == "__path__" else refuse(name)

    return refuse_below


class Substituting:
    """Names the substitute of attributes that Prefect's objects have and those of this class do not."""

    __slots__ = ()

    if not TYPE_CHECKING:  # so that type checkers still find mistakes

        def __getattr__(self, name: str) -> Never:
            of = type(self).__name__  # what runtime has is _FlowRun, a record FlowRun
            kind = of.lstrip("_")
            substitute = MEMBERS_OF.get(of, {}).get(name) or _found(MEMBERS, name)
            said = "" if substitute is None else f": {substitute}."
            raise AttributeError(f"{kind!r} object has no attribute {name!r}{said}", name=name, obj=self)


def settings_checked(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function with helpful errors for unknown settings.

    An error says what the setting is in Holdfast, or what was probably meant.
    """
    code = function.__code__
    known = [name for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if name not in _OF_METHODS]

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if not kwargs.keys() <= set(known):
            check_settings(kwargs, known, f"{function.__name__}()")
        return function(*args, **kwargs)

    return call


_OF_METHODS = ("self", "cls")


def check_settings(given: Iterable[str], known: Iterable[str], what: str) -> None:
    """Raise `TypeError` for unknown settings of ``what``, which says what each is or was probably meant to be."""
    names = list(known)
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise TypeError(" ".join(f"{what} has no setting called {each}{_instead(each, names)}" for each in unknown))


def _instead(name: str, known: list[str]) -> str:
    substitute = SETTINGS.get(name) or OF_THE_FLOW.get(name)
    if substitute is not None:
        return f": {substitute}."
    return meant(name, known) or f"; it has {', '.join(known)}."


def meant(name: str, known: Iterable[str]) -> str:
    """Return an addition to the error for an unknown name: the similar name that was probably meant."""
    near = nearest(name, known)
    return "" if near is None else f"; did you mean {near}?"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most similar to this one, if any is."""
    from difflib import get_close_matches  # for errors only

    return next(iter(get_close_matches(name, list(known), n=1)), None)


def about_argument(name: str, known: Iterable[str]) -> str:
    """Return the addition like `meant`, for an argument of a call of a flow or task, which may be one of Prefect's."""
    substitute = SETTINGS.get(name)
    return meant(name, known) if substitute is None else f": {substitute}."
