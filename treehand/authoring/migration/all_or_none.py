"""Writing of many files: all of them, or none."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from treehand.core.errors import InputError


def write_all(texts: Mapping[Path, tuple[Path, str]]) -> None:
    """Write many files: all of them, or none.

    Every file is replaced by a finished one, so none is ever cut off, also where the process is
    killed. An interrupt undoes what was done.

    Args:
        texts: Path of a file to its new path and text.

    Raises:
        InputError: If one cannot be written, or stands where another one is to go; every file is
            as it was then.
    """
    _require_writable(texts)
    beside: dict[Path, Path] = {}
    before: dict[Path, Path] = {}
    done: list[tuple[Path, Path]] = []
    try:
        for path, (_, text) in texts.items():
            target = path.resolve()
            beside[path] = _beside(target, "new", text.encode())
            before[path] = _beside(target, "old", target.read_bytes())
        for path, (after, _) in texts.items():
            done.append((path, after))
            beside[path].replace(path.resolve() if after == path else after)
            if after != path:
                path.unlink()
    except BaseException as error:
        for path, after in done:
            before[path].replace(path.resolve())
            if after != path:
                after.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        raise _unwritable(error.filename, error.strerror) from error
    finally:
        _remove((*beside.values(), *before.values()))


def _require_writable(texts: Mapping[Path, tuple[Path, str]]) -> None:
    new = [after for path, (after, _) in texts.items() if after != path and after.exists()]
    if new:
        raise InputError.of("name-taken", f"'{new[0]}' exists already", hint="move it away")
    for path in texts:  # a file that is replaced need not be writable itself: it is asked
        if path.exists() and not (path.stat().st_mode & 0o222 and os.access(path, os.W_OK)):
            raise _unwritable(path, "it is read-only")


def _beside(target: Path, ending: str, content: bytes) -> Path:
    made = target.with_name(f".{target.name}.{ending}")
    made.write_bytes(content)
    made.chmod(target.stat().st_mode & 0o7777)
    return made


def _remove(files: Iterable[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _unwritable(file: object, why: str | None) -> InputError:
    message = f"cannot write '{file}': {why}; nothing was changed"
    return InputError.of("unwritable-file", message, hint="check its permissions")
