"""``treehand approve``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from treehand.cli.input.terminal import person_at, terminal_input
from treehand.cli.user_name import user_name
from treehand.cli.views.output import console_for
from treehand.core.errors import InputError
from treehand.core.exit_codes import ExitCode
from treehand.integrations.client.http_session import HttpSession, read_token
from treehand.trees import PersonQuestion

EXAMPLE = "treehand approve d70acba13d9b45c1 --token-file my.token"
SERVER = "http://127.0.0.1:8765"


def approve(
    plan_hash: Annotated[str, typer.Argument(metavar="HASH", help="Hash of the plan.")],
    *,
    url: Annotated[str, typer.Option(help="Address of the server.")] = SERVER,
    token_file: Annotated[
        Path | None, typer.Option(help="Token that `treehand serve --token-file` wrote.")
    ] = None,
    code: Annotated[
        str, typer.Option(help="The code that the server printed, in place of a token.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Approve and run a plan of a served robot.

    The plan is shown and a person is asked; the token of a model is refused. The server says how
    the run goes: on its page, and in its journal.
    """
    hash_ = _hash(plan_hash)
    if (token_file is None) == (not code):
        hint = "give --token-file FILE or --code CODE"
        raise InputError.of("no-token", "either a token or a code is needed", hint=hint)
    token = read_token(token_file) if token_file is not None else _token(url, code)
    session = HttpSession(url, token)
    plan = session.ask("GET", f"/plans/{hash_}")
    console = console_for(as_json=False)
    _show(console, plan)
    if not yes:
        person = person_at(console, terminal_input())
        answer = person.ask(PersonQuestion("Run this plan?")) if person is not None else None
        if answer != "yes":
            console.print("not approved" + ("" if answer else "; give --yes to approve it"))
            raise typer.Exit(ExitCode.REFUSED if answer else ExitCode.NOT_APPROVED)
    session.ask("POST", "/control")
    try:
        session.ask("POST", f"/plans/{plan['hash']}/approve", {})
        run = session.ask("POST", "/runs", {"hash": plan["hash"]})["run"]
    finally:
        session.ask("DELETE", "/control")
    console.print(f"run {run} began; treehand explain {run} tells of it")


def _show(console: Console, plan: dict[str, Any]) -> None:
    console.print(f"plan {plan['hash']}: {plan['words']}", style="bold")
    for number, step in enumerate(plan["steps"], 1):
        final = "   cannot be undone" if step["irreversible"] else ""
        console.print(f"  {number}. {step['call']}{final}")
    for call in plan["conditional"]:
        console.print(f"  if it comes to that: {call}   cannot be undone")
    for caution in plan["cautions"]:
        console.print(f"  {caution['level']}: {caution['text']}")
    if plan["verification"] is not None:
        console.print(f"  {plan['verification']['summary']}")


def _hash(text: str) -> str:
    if not text.isascii() or not text.isalnum() or len(text) > 64:
        message = f"'{text[:80]}' is no hash of a plan"
        raise InputError.of("wrong-hash", message, hint="the server shows the hash of every plan")
    return text


def _token(url: str, code: str) -> str:
    body = {"code": code, "name": user_name(), "bearer": True}
    told: str = HttpSession(url, "").ask("POST", "/session", body)["token"]
    return told
