"""``treehand console``: the terminal around a `Conversation`."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.patch_stdout import StdoutProxy
from rich.console import Console
from rich.markup import escape

from treehand.cli.output import print_goal, print_plan, print_result
from treehand.console import (
    Asked,
    Conversation,
    Ended,
    Happened,
    Heard,
    Message,
    Proposed,
    Said,
    ToEdit,
    Understood,
)
from treehand.core.clock import Clock, MonotonicClock, VirtualClock
from treehand.core.errors import TreehandError
from treehand.core.events import Held, Planned, SkillStarted, StopLatched, WentOn
from treehand.orchestrator.config.deployment import Deployment, DeploymentOverrides
from treehand.orchestrator.history.event_text import event_line
from treehand.orchestrator.people.approval import ApprovalPolicy
from treehand.orchestrator.people.person import question_lines
from treehand.orchestrator.people.plan_diff import PlanDiff
from treehand.orchestrator.store.workspace import Workspace, WorldPlace
from treehand.planners.llm import ModelChoice

SPEED = 10.0
"""Run seconds per wall second in the built-in kitchen, if nothing else is said."""
_WRITES_S = 0.02
"""How long lines are collected before the prompt is drawn anew below them."""
_ENDS = ("/quit", "/exit", "quit", "exit", "bye")


@dataclass(frozen=True)
class ConsoleOptions:
    """The options of ``treehand console``; see its help."""

    seed: int
    speed: float | None
    approve: ApprovalPolicy | None
    state: Path | None
    world: str | None
    scene: Path | None
    domain: Path | None
    config: Path | None
    workspace: Path | None
    llm: ModelChoice


def run_console(options: ConsoleOptions) -> int:
    """Talk until the person leaves, and return the exit code."""
    deployment = Deployment.load(
        DeploymentOverrides(
            config=options.config,
            world=options.world,
            domain=options.domain,
            scene=options.scene,
            llm=options.llm.model,
            llm_log=options.llm.is_logged,
            llm_record=options.llm.record,
        )
    )
    workspace = Workspace.find(options.workspace)
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    default = SPEED if deployment.kind.is_virtual else 1.0
    clock: Clock = MonotonicClock(options.speed or default)
    if not is_terminal and options.speed is None and deployment.kind.is_virtual:
        clock = VirtualClock()
    screen = Screen(is_terminal=is_terminal)
    conversation = Conversation(
        deployment,
        workspace=workspace,
        tell=screen.show,
        seed=options.seed,
        clock=clock,
        place=WorldPlace.beside(options.state.absolute()) if options.state else None,
        policy=options.approve,
    )
    try:
        if is_terminal:
            _talk(conversation, screen, workspace)
        else:
            _read(conversation, screen)
    finally:
        conversation.close()
    return 0


class Screen:
    """Shows messages; from any thread."""

    def __init__(self, *, is_terminal: bool) -> None:
        self._is_terminal = is_terminal
        self.to_edit: str | None = None
        """A tree that a person is to change, until the terminal has taken it."""
        self._changes = PlanDiff()
        self.now = ""
        """What is being done now, for the line at the bottom."""

    def _console(self) -> Console:
        """Return a console on the standard output as it is now: a prompt may stand in for it."""
        if not self._is_terminal:
            return Console(highlight=False, width=120)
        is_coloured = "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        return Console(file=sys.stdout, highlight=False, force_terminal=is_coloured, soft_wrap=True)

    def say(self, text: str) -> None:
        """Print plain words."""
        self._console().print(escape(text))

    def show(self, message: Message) -> None:
        """Print a message."""
        console = self._console()
        if isinstance(message, Heard):
            self._hear(console, message.piece)
            return
        if isinstance(message, Said):
            console.print(escape(message.text))
        elif isinstance(message, Understood):
            print_goal(console, message.goal)
        elif isinstance(message, Proposed):
            print_plan(console, message.plan, is_short=not message.is_whole)
            if not message.is_whole:
                console.print(
                    "\nRun this plan? yes, no (with a reason), edit; /plan shows all of it"
                )
        elif isinstance(message, Asked):
            console.print("\n".join(map(escape, question_lines(message.question))))
        elif isinstance(message, Ended):
            self.now = ""
            self._changes = PlanDiff()
            print_result(console, message.result, has_run=True)
        elif isinstance(message, ToEdit):
            self.to_edit = message.yaml
        else:
            self._happened(console, message)

    def _hear(self, console: Console, piece: str) -> None:
        """Print what a language model says while it says it."""
        if self._is_terminal:
            console.print(piece, end="", style="dim", markup=False)

    def _happened(self, console: Console, message: Happened) -> None:
        event = message.event
        if isinstance(event, SkillStarted):
            again = f" (attempt {event.attempt})" if event.attempt > 1 else ""
            self.now = f"{event.call}{again}"
        elif isinstance(event, Held):
            self.now = "holding still"
        line = event_line(event)
        if line is not None:
            console.print(line)
        elif isinstance(event, Held):
            console.print("it holds still")
        elif isinstance(event, WentOn):
            console.print("it goes on")
        elif isinstance(event, StopLatched):
            console.print("[yellow]the stop is latched[/]")
        elif isinstance(event, Planned):
            console.print(f"[dim]plan {event.plan_hash}: {escape(event.reason)}[/]")
            for change in self._changes.lines(event):
                console.print(change)


def _read(conversation: Conversation, screen: Screen) -> None:
    """Take lines from a pipe; each waits until the last one's run is over or asks something."""
    try:
        with _signals(conversation):
            for line in sys.stdin:
                if line.strip().lower() in _ENDS:
                    break
                screen.say(f"> {line.strip()}")
                conversation.say(line)
                if screen.to_edit is not None:
                    screen.to_edit = None
                    screen.say("edit needs a terminal; the plan still waits")
                while not conversation.is_waiting and not conversation.wait(0.02):
                    pass
            if not conversation.is_waiting:
                conversation.wait()
    except (EOFError, KeyboardInterrupt):
        conversation.stop("interrupted", by="SIGINT")


def _talk(conversation: Conversation, screen: Screen, workspace: Workspace) -> None:
    """Take lines from the terminal, with history and completion."""
    screen.say("Say what shall be done, or /help. Ctrl-C stops the robot; /quit leaves.")
    workspace.folder.mkdir(parents=True, exist_ok=True)
    prompt: PromptSession[str] = PromptSession(
        history=FileHistory(str(workspace.folder.parent / "console_history")),
        completer=_Words(conversation),
        complete_while_typing=False,
        key_bindings=_keys(conversation),
        bottom_toolbar=lambda: _toolbar(conversation, screen),
        refresh_interval=0.5,
        multiline=False,
    )
    with _signals(conversation), _above_the_prompt():
        while True:
            try:
                line = prompt.prompt("> ")
            except KeyboardInterrupt:
                if conversation.is_running:
                    conversation.stop("Ctrl-C", by="ctrl-c")
                continue
            except EOFError:
                break
            if line.strip().lower() in _ENDS:
                break
            try:
                conversation.say(line)
                if screen.to_edit is not None:
                    yaml, screen.to_edit = screen.to_edit, None
                    _edit(conversation, screen, yaml)
            except KeyboardInterrupt:
                conversation.stop("Ctrl-C", by="ctrl-c")
            except EOFError:
                break


@contextmanager
def _above_the_prompt() -> Iterator[None]:
    """Let what is printed meanwhile, from any thread, appear above the prompt at once."""
    with StdoutProxy(sleep_between_writes=_WRITES_S, raw=True) as proxy, redirect_stdout(proxy):
        yield


def _keys(conversation: Conversation) -> KeyBindings:
    """Return the keys: Ctrl-C stops, Alt-Enter begins another line.

    While the prompt is drawn anew the terminal makes a signal of Ctrl-C: see `_talk` for that.
    """
    keys = KeyBindings()

    @keys.add("c-c")
    def _stop(event: KeyPressEvent) -> None:
        if conversation.is_running:
            conversation.stop("Ctrl-C", by="ctrl-c")
        else:
            event.app.exit(exception=KeyboardInterrupt)

    @keys.add("escape", "enter")
    def _newline(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return keys


def _toolbar(conversation: Conversation, screen: Screen) -> str:
    queued = len(conversation.queued)
    waits = f"  ·  {queued} queued" if queued else ""
    state = screen.now or ("waiting for you" if conversation.is_waiting else "idle")
    return f" t={conversation.now_s:.0f} s  {state}{waits} "


class _Words(Completer):
    """Completes the word, or the words, before the cursor."""

    def __init__(self, conversation: Conversation) -> None:
        self._words = conversation.completions()

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterator[Completion]:
        """Yield the known words that the text before the cursor may go on to."""
        before = document.text_before_cursor.lower()
        tail = before.rsplit(" ", 1)[-1]
        for word in self._words:
            if word == before or not before:
                continue
            if word.startswith(before) and " " in before:
                yield Completion(word, start_position=-len(before))
            elif tail and word.startswith(tail):
                yield Completion(word, start_position=-len(tail))


class _signals:
    """While this context is open, SIGTERM and a closed terminal stop the robot."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._before: dict[int, object] = {}

    def __enter__(self) -> None:
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None:
                self._before[number] = signal.signal(number, self._handle)

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._conversation.stop(signal.Signals(number).name, by=signal.Signals(number).name)
        raise EOFError


def _edit(conversation: Conversation, screen: Screen, yaml: str) -> None:
    """Open a tree in the person's editor, and give back what they made of it."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        screen.say("set EDITOR to an editor first; the plan still waits")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.tree.yaml"
        path.write_text(yaml, encoding="utf-8")
        try:
            subprocess.run([*shlex.split(editor), str(path)], check=True)
            text = path.read_text(encoding="utf-8")
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            screen.say(f"the editor failed: {error}; the plan still waits")
            return
    try:
        conversation.edited(text)
    except TreehandError as error:
        screen.say(str(error))
