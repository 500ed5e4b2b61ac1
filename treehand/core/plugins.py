"""Import of plug-ins: entry points, ``module:name`` and ``file.py:name`` references."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

from treehand.core.error_record import error_record, is_from_signal, place_of_error
from treehand.core.errors import InputError, near
from treehand.core.source.declarations import no_file, no_python


def load_entry_point(entry: EntryPoint) -> object:
    """Return the object of an entry point.

    Raises:
        InputError: If importing it raises any exception.
    """
    try:
        loaded: object = entry.load()
    except BaseException as error:  # another package's code: anything can happen there
        if is_from_signal(error):
            raise
        message = f"'{entry.value}' of {_package_of(entry)} cannot be loaded: {error}"
        hint = "update or uninstall it"
        raise InputError.of("broken-plugin", message, hint=hint) from error
    return loaded


def wrong_entry_point(entry: EntryPoint, loaded: object, wanted: str) -> InputError:
    """Return the error of an entry point that leads to something else than it must.

    Args:
        entry: The entry point.
        loaded: The object that it leads to.
        wanted: Kind of object that is due, with its article.
    """
    message = (
        f"entry point '{entry.name} = {entry.value}' of {_package_of(entry)} leads to "
        f"a value of type {type(loaded).__name__}, not to {wanted}"
    )
    return InputError.of("broken-plugin", message, hint="update or uninstall it")


def _package_of(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else "an installed package"


def load_function(reference: str, *, folder: Path) -> Callable[..., Any]:
    """Return the callable at ``module:function`` or ``file.py:function``.

    Args:
        reference: Place of the function; a file path is relative to `folder`.
        folder: Folder of the file that holds the reference.

    Raises:
        InputError: If it cannot be imported or called.
    """
    module, attribute = load_reference(reference, folder)
    value = getattr(module, attribute, None)
    if not callable(value):
        known = [key for key, item in vars(module).items() if callable(item)]
        hint = near(attribute, known, what="functions there")
        raise InputError.of("not-a-function", f"'{reference}' cannot be called", hint=hint)
    function: Callable[..., Any] = value
    return function


def load_reference(reference: str, folder: Path) -> tuple[ModuleType, str]:
    """Return the module of a reference, and the name after the colon.

    Raises:
        InputError: If the module cannot be imported.
    """
    module_name, _, attribute = reference.partition(":")
    if module_name.endswith(".py") and not (folder / module_name).exists():
        raise no_file(module_name, folder / module_name)
    try:
        return _import(module_name, folder), attribute
    except SyntaxError as error:
        raise no_python(module_name, error) from error
    except (ImportError, OSError) as error:
        place = place_of_error(error)
        at = f"{place}: " if place else ""
        message = f"cannot import '{module_name}': {at}{error}"
        hint = "write module:function or file.py:function"
        if module_name.endswith(".py"):
            hint = "a file imports the modules beside it by their names, without a dot"
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        if missing and not f"{module_name}.".startswith(f"{missing}."):
            hint = f"install the package that brings the module '{missing}'"
        raise InputError.of("unknown-module", message, hint=hint) from error
    except BaseException as error:  # the code at the top of the module, a `sys.exit` too
        if is_from_signal(error):
            raise
        message = f"'{module_name}' cannot be loaded: {error_record(error)}"
        hint = "mend that line; the module is run when it is imported"
        raise InputError.of("broken-plugin", message, hint=hint) from error


_folders: list[str] = []
"""Folders that were added to `sys.path`: of files whose code was loaded, the last one first."""


def _put_first(beside: str) -> None:
    """Let a file import the modules beside it, also where those beside another have their names.

    An import inside a function finds the modules beside the file that was loaded last.
    """
    if beside in sys.path and beside not in _folders:
        return
    for folder in _folders:
        if folder != beside:
            _forget(folder, beside)
    if beside in _folders:
        _folders.remove(beside)
    _folders.insert(0, beside)
    sys.path[:] = [*(one for one in sys.path if one not in _folders), *_folders]


def _forget(folder: str, beside: str) -> None:
    """Take the modules of a folder whose names another folder has out of `sys.modules`."""
    for name in [name for name in sys.modules if "." not in name]:
        origin = getattr(getattr(sys.modules[name], "__spec__", None), "origin", None)
        own = (str(Path(folder, f"{name}.py")), str(Path(folder, name, "__init__.py")))
        if origin in own and (Path(beside, f"{name}.py").is_file() or Path(beside, name).is_dir()):
            for inside in [one for one in sys.modules if f"{one}.".startswith(f"{name}.")]:
                del sys.modules[inside]


def _import(name: str, folder: Path) -> ModuleType:
    if not name.endswith(".py"):
        return importlib.import_module(name)
    beside = str((folder / name).parent.absolute())
    _put_first(beside)
    own_name = f"{Path(name).stem}@{beside}"  # no module of the same stem is shadowed
    spec = importlib.util.spec_from_file_location(own_name, folder / name)
    if spec is None or spec.loader is None:
        raise ImportError(f"no loader for {name}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[own_name] = module  # dataclasses with postponed annotations look it up
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[own_name]
        raise
    return module
