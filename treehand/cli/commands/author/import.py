"""``treehand import``."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from treehand.cli.views.finding_formats import finding_line
from treehand.cli.views.output import finding_as_data
from treehand.cli.views.plain_output import print_json, print_lines
from treehand.core.errors import InputError
from treehand.core.exit_codes import ExitCode
from treehand.core.files.new_files import write_new
from treehand.skills.domain.checking import load_domain
from treehand.trees.interop.btcpp.importing.btcpp_import import ImportedTree, import_btcpp

EXAMPLE = "treehand import navigate.xml --out trees"


def import_tree(
    file: Annotated[Path, typer.Argument(help="An XML file of BehaviorTree.CPP or Nav2.")],
    *,
    out: Annotated[Path, typer.Option(help="Folder to write into.")] = Path(),
    domain: Annotated[
        Path | None, typer.Option(help="Domain with the skills; a stub is written if left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Read a tree of another system.

    Writes a tree file, a stub of the domain that declares its skills, and a scene; with --domain
    the tree alone. The report names everything that the tree says in another way, and what a given
    domain lacks, with its position in the XML. Exits with 1 if a part cannot be read; nothing is
    written then.
    """
    if file.suffix.lower() != ".xml":
        message = f"'{file}' is no XML file"
        raise InputError.of("unknown-kind", message, hint="trees of BehaviorTree.CPP end in .xml")
    imported = import_btcpp(file, load_domain(domain) if domain is not None else None)
    written = write_new(imported.files, out) if imported.files else []
    if as_json:
        findings = [finding_as_data(finding) for finding in imported.findings]
        print_json({"files": [str(path) for path in written], "findings": findings})
    else:
        _print(imported, written, domain)
    is_sound = all(finding.severity != "error" for finding in imported.findings)
    raise typer.Exit(ExitCode.SUCCESS if is_sound else ExitCode.FAILURE)


def _print(imported: ImportedTree, written: list[Path], known: Path | None) -> None:
    for finding in imported.findings:
        print_lines(finding_line(finding))
    count = len(imported.findings)
    told = f"{count} thing{'s' * (count != 1)} to look at" if count else "nothing left out"
    if not written:
        print_lines("nothing was written: the errors stand above")
        return
    print_lines(f"{imported.nodes} node{'s' * (imported.nodes != 1)} read, {told}")
    for path in written:
        print_lines(f"written to {path}")
    tree, *stubs = (shlex.quote(str(path)) for path in written)
    options = [f"--domain {shlex.quote(str(known))}"] if known is not None else []
    options += (
        f"{option} {path}" for option, path in zip(("--domain", "--scene"), stubs, strict=False)
    )
    print_lines("next:")
    print_lines(f"    treehand check {tree} {' '.join(options)} --no-in-world")


def __getattr__(name: str) -> Callable[..., None]:
    """Return the command under its name, which no function can bear: it is a keyword."""
    if name == "import":
        return import_tree
    raise AttributeError(name)
