"""``treehand schema``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from treehand.authoring.file_types import KINDS, kind_named
from treehand.authoring.schema import schema_of
from treehand.cli.views.output import write_text
from treehand.cli.views.plain_output import print_json, print_lines
from treehand.core.errors import InputError
from treehand.core.files.new_files import make_folder

EXAMPLE = "treehand schema tree > tree.schema.json"


def schema(
    kind: Annotated[
        str | None, typer.Argument(help="tree, domain, scene, scenario or deployment.")
    ] = None,
    *,
    out: Annotated[Path | None, typer.Option(help="Write the schemas into this folder.")] = None,
) -> None:
    """Print the JSON Schema of a file type.

    Editors complete and check files with it. With --out the schemas of all types are written.
    """
    if kind is not None and out is None:
        print_json(schema_of(kind_named(kind)), indent=2)
        return
    if out is None:
        names = ", ".join(known.name for known in KINDS)
        hint = f"one of {names}; or --out FOLDER for all of them"
        raise InputError.of("unknown-kind", "say which kind of file", hint=hint)
    make_folder(out)
    for known in KINDS if kind is None else (kind_named(kind),):
        path = out / f"{known.name}.schema.json"
        text = json.dumps(schema_of(known), indent=2, ensure_ascii=False)
        write_text(path, text + "\n")
        print_lines(f"written to {path}")
