"""The names of code: the file or module from which another process would load it.

The same code has several names. A script's module is ``__main__``, in a process that multiprocessing spawned
``__mp_main__``, and under a profiler in no module at all. When a worker loads it, the name is that of its file. So the
current name of the module cannot identify code. Code that can be imported by its module's name is identified by that
name, and all other code by its file's name. Suspending, loading, pickling and the keys of calls all use this one rule.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.util
import os
import sys
import zipimport
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

Namespace = dict[str, Any]
"""The globals of a module, or of code that is executed like a module."""


@dataclass(frozen=True, slots=True)
class _Script:
    """Code that was executed like a module."""

    namespace: Namespace
    name: str
    """The module name that its functions and classes have. IPython removes the module of a file when it has ended."""
    folder: str
    """The folder in which it was started."""
    file: str | None
    """The file of its code, if its globals do not name it: Python removes a script's when its code has ended."""


MAIN = ("__main__", "__mp_main__")
"""The names of the module that was started, here or by multiprocessing."""
_THIS_PROCESS = ("/dev/", "/proc/")
"""Folders of file paths that are valid only in this process."""
_MEMORY = "/dev/shm/"  # noqa: S108 - not written to
"""A folder in there that is like any other."""
_STARTED_IN = os.getcwd()  # noqa: PTH109 - a text, as the paths that are joined to it
_scripts: list[_Script] = []
"""Code that other processes know by another name, or that is in no module, as under a profiler; newest first."""
_loaded: list[ModuleType] = []
"""Code that was loaded to execute its flows; newest first."""


def key_of(thing: Any) -> str:
    """Return the name that identifies a task, a flow's function or a class: its module and its qualified name."""
    return f"{module_of(thing)}.{qualname_of(thing)}"


def module_of(thing: Any) -> str:
    """Return the module name of a function or class, which is the same in every process."""
    namespace = namespace_of(thing)
    if namespace is None:
        return str(getattr(innermost(thing), "__module__", None))
    name = module_named(namespace)
    if name != namespace.get("__name__"):
        _keep(namespace, str(namespace.get("__name__", "builtins")), None)
    return name


def qualname_of(thing: Any) -> str:
    """Return its qualified name in its module. A callable object has the name of its class."""
    thing = innermost(thing)
    return str(thing.__qualname__ if hasattr(thing, "__qualname__") else type(thing).__qualname__)


def innermost(thing: Any) -> Any:
    """Return the function inside a `functools.partial`."""
    while isinstance(thing, functools.partial):
        thing = thing.func
    return thing


def namespace_of(thing: Any) -> Namespace | None:
    """Return the globals of the module in which a function or class is defined."""
    thing = innermost(thing)
    name = getattr(thing, "__module__", None)
    function = _unwrapped(thing)
    found: Namespace | None = getattr(function, "__globals__", None)
    if found is not None and found.get("__name__", name) == name:
        # A function that was pickled by value has its own globals, which contain less than its module.
        module = None if "__spec__" in found or name in MAIN else sys.modules.get(str(name))
        return getattr(module, "__dict__", found) if "__name__" in found else found
    return next((each for each in _namespaces(name) if _attribute(each, qualname_of(thing)) is thing), None) or next(
        _namespaces(name), None
    )


def remember(function: Callable[..., Any]) -> None:
    """Keep the globals of code that is not, or no longer, in a module, to find its definitions by name."""
    function = _unwrapped(function)
    namespace = getattr(function, "__globals__", None)
    if namespace is None:
        return
    name, file = namespace.get("__name__", ""), namespace.get("__file__")
    if _is_module(namespace) and name not in MAIN and os.path.isabs(file or "/"):  # noqa: PTH117
        return
    code_file = getattr(getattr(function, "__code__", None), "co_filename", "")
    said = str(name or getattr(function, "__module__", None) or "builtins")
    _keep(namespace, said, file or (code_file if os.path.isfile(code_file) else None))  # noqa: PTH113


def _is_module(namespace: Namespace) -> bool:
    """Whether Python has a module with these globals under its name: it may never have had it, or no longer."""
    return getattr(sys.modules.get(str(namespace.get("__name__"))), "__dict__", None) is namespace


def _keep(namespace: Namespace, name: str, file: str | None) -> None:
    if all(each.namespace is not namespace for each in _scripts):
        _scripts.insert(0, _Script(namespace, name, _current_folder(), file))


def entered(module: ModuleType) -> None:
    """Register a module that was loaded for its flows. Objects stored as part of the script are found in it."""
    _loaded.insert(0, module)


def named(module: str, qualname: str) -> Any:
    """Return the function or class with this name, in the module that `module_of` returned. Pickles use these names.

    Raises `AttributeError` or `ImportError`.
    """
    known = list(_namespaces_named(module))
    for namespace in known:
        found = _attribute(namespace, qualname)
        if found is not None:
            return found
    place: Any = sys.modules.get(module)
    if place is None:
        if known:  # importing it would execute the script once more
            raise AttributeError(f"There is no {qualname} in {module}.")
        place = importlib.import_module(module)
    for part in qualname.split("."):
        place = getattr(place, part)
    return place


def is_named_apart(thing: Any) -> bool:
    """Whether another process may know its module by another name."""
    namespace = namespace_of(thing)
    if namespace is None:
        return False
    return (
        namespace.get("__name__") != module_named(namespace)
        or namespace.get("__name__") in MAIN
        or not _is_module(namespace)
        or any(vars(each) is namespace for each in _loaded)
    )


def module_named(namespace: Namespace) -> str:
    """Return the name that identifies a module: the one by which it is imported, or its file's."""
    spec = namespace.get("__spec__")
    return _module_named(
        str(namespace.get("__name__")),
        getattr(spec, "name", None),
        namespace.get("__package__") or "",
        _file_in(namespace),
    )


def place_of(namespace: Namespace) -> str | None:
    """Return the module's name, or else the absolute path of its file; ``None`` for neither."""
    spec = namespace.get("__spec__")
    name, file = getattr(spec, "name", None), file_of(namespace)
    if name and namespace.get("__package__") and is_importable(name, namespace.get("__file__")):
        return str(name)
    if file is not None:
        return file
    return name if name and name not in MAIN and is_importable(name, None) else None


def file_of(namespace: Namespace) -> str | None:
    """Return the absolute path of a module's file. Links are not resolved, since a link may be its proper name."""
    file = _file_in(namespace)
    if not isinstance(file, str) or not file:
        return None
    folders = [each.folder for each in _scripts if each.namespace is namespace]
    found = absolute(str(file), *folders)
    return found if found is not None and source_spec("_", found) is not None else None


def hash_of_file(function: Callable[..., Any]) -> str | None:
    """Return a short hash of the file that contains a function; ``None`` if there is no such file, or it is gone."""
    namespace = namespace_of(function)
    path = None if namespace is None else file_of(namespace)
    try:
        return None if path is None else hashlib.blake2b(Path(path).read_bytes(), digest_size=16).hexdigest()
    except OSError:
        return None


def absolute(path: str, *folders: str) -> str | None:
    """Return the absolute path of an existing file. A relative path may start where the process was started."""
    for folder in (*folders, _STARTED_IN, _current_folder()):
        found = os.path.abspath(os.path.join(folder, path))  # noqa: PTH100, PTH118
        archive = next((each for each in (Path(found), *Path(found).parents) if each.exists()), None)
        if archive is not None and (str(archive) == found or archive.is_file()):
            return found
    return None


def source_spec(name: str, path: str) -> ModuleSpec | None:
    """Return how to load a file of Python code with any name, also one in a zip archive; ``None`` if it is gone."""
    if os.path.isfile(path):  # noqa: PTH113
        if path.endswith(".pyc"):
            return importlib.util.spec_from_file_location(name, path)
        loader = SourceFileLoader(name, path)
        return importlib.util.spec_from_file_location(name, path, loader=loader)
    for archive in Path(path).parents:
        if archive.is_file() and path.endswith(".py"):
            try:
                importer = zipimport.zipimporter(str(Path(path).parent))
            except zipimport.ZipImportError:
                return None
            found = importer.find_spec(Path(path).stem)
            if found is None:
                return None
            spec = ModuleSpec(name, _Renamed(importer, Path(path).stem), origin=found.origin)
            spec.has_location = True
            return spec
    return None


class _Renamed(Loader):
    """Loads a module from a zip archive under another name."""

    def __init__(self, importer: zipimport.zipimporter, name: str) -> None:
        self._importer, self._name = importer, name

    def create_module(self, spec: ModuleSpec) -> None:
        """Use the default module creation."""

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module's code."""
        exec(self._importer.get_code(self._name), vars(module))  # noqa: S102 - this is what loading means

    def get_source(self, _: str) -> str | None:
        """Return the module's source, for tracebacks."""
        return self._importer.get_source(self._name)


@functools.lru_cache(maxsize=4096)
def is_importable(name: str, file: str | None) -> bool:
    """Whether importing ``name`` loads this very file. Checking imports nothing.

    It does not if a test runner or a program loaded the file itself, under an invented name.
    """
    path, spec = None, None
    parts = name.split(".")
    for length in range(1, len(parts) + 1):
        prefix = ".".join(parts[:length])
        spec = _find(prefix, path)
        if spec is None:
            return False
        path = list(spec.submodule_search_locations or ())
        if length < len(parts) and prefix in sys.modules:
            path += [each for each in getattr(sys.modules[prefix], "__path__", ()) if each not in path]
    return file is None or spec is None or spec.origin is None or _is_same(spec.origin, file)


def _find(name: str, path: list[str] | None) -> ModuleSpec | None:
    for finder in sys.meta_path:
        try:
            found = finder.find_spec(name, path)
        except (AttributeError, ImportError):
            continue
        if found is not None:
            return found
    return None


def _is_same(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)  # noqa: PTH121
    except OSError:
        return os.path.basename(one) == os.path.basename(other)  # noqa: PTH119 - in an archive


@functools.lru_cache(maxsize=4096)
def _module_named(name: str, spec_name: str | None, package: str, file: str | None) -> str:
    if spec_name and package and (spec_name != name or is_importable(spec_name, file)):
        return str(spec_name)  # the debugger pdb has its own class for it
    if not isinstance(file, str) or not file:
        return name
    if name == spec_name and not file.endswith((".py", ".pyc")) and "." in os.path.basename(file):  # noqa: PTH119
        return name  # a library in C, for example
    return Path(file).stem


def _namespaces(name: object) -> Iterator[Namespace]:
    """Yield globals that may belong to the module with this name in this process."""
    for each in _scripts:
        if each.name == name:
            yield each.namespace
    found = getattr(sys.modules.get(name), "__dict__", None) if isinstance(name, str) else None
    if found is not None:
        yield found


def _namespaces_named(module: str) -> Iterator[Namespace]:
    """Yield globals that may belong to the module that other processes know by this name."""
    for loaded in _loaded:
        if module_named(vars(loaded)) == module:
            yield vars(loaded)
    for name in MAIN:
        for namespace in _namespaces(name):
            if module in (name, module_named(namespace)):
                yield namespace
    for each in _scripts:
        if module_named(each.namespace) == module:
            yield each.namespace


def _file_in(namespace: Namespace) -> str | None:
    """Return the file of a module, according to its globals."""
    known = (each.file for each in _scripts if each.namespace is namespace)
    file = namespace.get("__file__") or next(known, None)
    if isinstance(file, str) and _is_of_this_process(file):
        real = os.path.realpath(file)  # such as /dev/stdin, which is another file in another process
        return None if _is_of_this_process(real) else real
    return file


def _is_of_this_process(file: str) -> bool:
    return file.startswith(_THIS_PROCESS) and not file.startswith(_MEMORY)


def _attribute(namespace: Namespace, qualname: str) -> Any:
    first, *rest = qualname.split(".")
    found: Any = namespace.get(first)
    for part in rest:
        found = getattr(found, part, None)
    return found


def _unwrapped(thing: Any) -> Any:
    """Return the function that a decorator has wrapped: it has the wrapped function's name but other globals."""
    for _ in range(100):
        inner = getattr(thing, "__dict__", {}).get("__wrapped__")
        if inner is None:
            return thing
        thing = innermost(inner)
    return thing


def _current_folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109
    except OSError:
        return _STARTED_IN
