"""Lines from a terminal or a pipe, given to a conversation."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import FrameType

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.patch_stdout import StdoutProxy

from treehand.cli.views.console_screen import Screen
from treehand.console import Conversation
from treehand.core.errors import TreehandError
from treehand.orchestrator.store.workspace import Workspace

_WRITES_S = 0.02
"""Time that lines are collected before the prompt is drawn anew below them."""
_ENDS = ("/quit", "/exit", "quit", "exit", "bye")


def read_pipe(conversation: Conversation, screen: Screen) -> None:
    """Take lines from a pipe; each waits until the last one's run is over or asks something."""
    try:
        with _signals(conversation):
            for line in sys.stdin:
                if line.strip().lower() in _ENDS:
                    break
                screen.say(f"> {line.strip()}")
                conversation.say(line.strip())
                if screen.to_edit is not None:
                    screen.to_edit = None
                    screen.say("edit needs a terminal; the plan still waits")
                conversation.wait_for_turn()
            if not conversation.is_waiting:
                conversation.wait()
    except (EOFError, KeyboardInterrupt):
        conversation.stop("interrupted", by="SIGINT")


def read_terminal(conversation: Conversation, screen: Screen, workspace: Workspace) -> None:
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
