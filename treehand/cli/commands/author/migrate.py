"""``treehand migrate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from treehand.authoring.check import files_in
from treehand.authoring.migration.all_or_none import write_all
from treehand.authoring.migration.rename import Renaming, rename
from treehand.cli.arguments.options import Json
from treehand.cli.views.plain_output import print_diff, print_json, print_lines
from treehand.core.errors import InputError

EXAMPLE = """treehand migrate rename pick.item grasp.object .
treehand migrate rename red_mug crimson_mug . --write"""


def migrate(
    change: Annotated[Literal["rename"], typer.Argument(help="rename: give a thing another name.")],
    old: Annotated[str, typer.Argument(help="Name, or SKILL.PORT for a port or parameter.")],
    new: Annotated[str, typer.Argument(help="New name, of the same form.")],
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files, or folders of files; here if left out.")
    ] = None,
    *,
    kind: Annotated[
        Literal["skill", "predicate", "object", "tree", "code"] | None,
        typer.Option(help="Kind of the thing, if a name has several."),
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Write the change to the files.")] = False,
    as_json: Json = False,
) -> None:
    """Rename a thing in all files; a diff first.

    Skills, ports, predicates, objects, trees and failure codes, in trees, domains, scenes,
    scenarios, bindings and learned words. Comments are kept. Nothing is written without --write,
    and then all files or none.
    """
    files, findings = files_in(paths or [Path()])
    if findings:
        raise InputError(findings)
    renaming = rename(files, old, new, kind)
    if write:
        write_all({file.path: (file.new_path, file.after) for file in renaming.files})
    if as_json:
        print_json(_as_data(renaming, is_written=write))
        return
    for file in renaming.files:
        print_diff(file.diff)
        if file.new_path != file.path:
            print_lines(f"rename {file.path} to {file.new_path}")
    told = f"{renaming.kind} '{old}' is now '{new}'" if write else f"{renaming.kind} '{old}'"
    print_lines(f"{told}, used by {_used_by(renaming)}", to_stderr=True)
    for place in renaming.left:
        print_lines(f"left as it is: {place.span}: {place.why}", to_stderr=True)
    if not write and renaming.files:
        print_lines("nothing was written; --write applies the diff", to_stderr=True)


def _used_by(renaming: Renaming) -> str:
    """Return the numbers of files, as ``14 trees, 31 scenarios``."""
    if not renaming.files:
        return "no file that changes"
    plural = {"words": "files of words", "orders": "files of orders", "answers": "recordings"}
    return ", ".join(
        f"{count} {kind if count == 1 else plural.get(kind, kind + 's')}"
        for kind, count in renaming.used_by.items()
    )


def _as_data(renaming: Renaming, *, is_written: bool) -> dict[str, object]:
    files = [
        {
            "file": str(file.path),
            "new_file": str(file.new_path),
            "names": file.count,
            "diff": file.diff,
        }
        for file in renaming.files
    ]
    left = [
        {
            "file": one.span.file,
            "line": one.span.line,
            "column": one.span.column,
            "why": one.why,
        }
        for one in renaming.left
    ]
    told = {"kind": renaming.kind, "old": renaming.old, "new": renaming.new}
    return {
        **told,
        "used_by": renaming.used_by,
        "files": files,
        "left": left,
        "is_written": is_written,
    }
