"""Lines from a terminal or a pipe, given to a conversation."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import FileHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.patch_stdout import StdoutProxy

from treehand.cli.input.line_worker import LineWorker, TypedLine
from treehand.cli.stopping.signals import StopSignals
from treehand.cli.views.console_screen import Screen
from treehand.console import Conversation
from treehand.core.errors import TreehandError
from treehand.core.text.printable_text import printable_line
from treehand.orchestrator.store.workspace import Workspace

_WRITES_S = 0.02
"""Time that lines are collected before the prompt is drawn anew below them."""
_REFRESH_S = 0.25
"""Time between two looks of the line at the bottom, in seconds."""
_SPINNER = "|/-\\"
_ENDS = ("/quit", "/exit", "quit", "exit", "bye")


def read_pipe(conversation: Conversation, screen: Screen) -> None:
    """Take lines from a pipe; each waits until the last one's run is over or asks something."""
    try:
        with StopSignals(_ConversationTarget(conversation, is_left_by_ctrl_c=True)):
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
        return  # the robot is stopped


def read_terminal(conversation: Conversation, screen: Screen, workspace: Workspace) -> None:
    """Take lines from the terminal, with history and completion."""
    screen.say("Say what shall be done, or /help. Ctrl-C stops the robot; /quit leaves.")
    workspace.folder.mkdir(parents=True, exist_ok=True)
    signals = StopSignals(_ConversationTarget(conversation))
    worker = LineWorker(conversation, screen)
    prompt: PromptSession[str] = PromptSession(
        history=FileHistory(str(workspace.folder.parent / "console_history")),
        completer=_Words(conversation),
        complete_while_typing=False,
        key_bindings=_keys(conversation, signals, worker),
        bottom_toolbar=lambda: _toolbar(conversation, screen, worker),
        refresh_interval=_REFRESH_S,
        multiline=False,
    )
    first_key = _FirstKey()
    prompt.default_buffer.on_text_changed += first_key.note
    with signals, _above_the_prompt():
        while True:
            try:
                first_key.reset()
                text = prompt.prompt(lambda: _prompt(conversation))
            except KeyboardInterrupt:  # the prompt has a handler of its own for Ctrl-C
                if conversation.is_running:
                    signals.press(signal.SIGINT)
                elif worker.is_busy:
                    worker.drop()
                    conversation.stop("Ctrl-C", by="SIGINT")
                continue
            except EOFError:
                break
            if text.strip().lower() in _ENDS:
                break
            try:
                worker.take(TypedLine(text, first_key.at_s))
                if screen.to_edit is not None:
                    yaml, screen.to_edit = screen.to_edit, None
                    _edit(conversation, screen, yaml)
            except KeyboardInterrupt:
                conversation.stop("Ctrl-C", by="SIGINT")
            except EOFError:
                break
    worker.close()


class _FirstKey:
    """Time of the first key of a line; the present time while there is none."""

    def __init__(self) -> None:
        self._at_s: float | None = None

    def reset(self) -> None:
        self._at_s = None

    def note(self, buffer: Buffer) -> None:
        if not buffer.text:
            self._at_s = None
        elif self._at_s is None:
            self._at_s = time.monotonic()

    @property
    def at_s(self) -> float:
        return time.monotonic() if self._at_s is None else self._at_s


def _prompt(conversation: Conversation) -> FormattedText:
    if conversation.robot.parts.stops.is_set:
        return FormattedText([("bold fg:ansired", "STOPPED "), ("", "> ")])
    return FormattedText([("", "> ")])


@contextmanager
def _above_the_prompt() -> Iterator[None]:
    """Let what is printed meanwhile, from any thread, appear above the prompt at once."""
    with StdoutProxy(sleep_between_writes=_WRITES_S, raw=True) as proxy, redirect_stdout(proxy):
        yield


def _keys(conversation: Conversation, signals: StopSignals, worker: LineWorker) -> KeyBindings:
    """Return the keys: Ctrl-C and Ctrl-Z stop, Alt-Enter begins another line.

    While the prompt is drawn anew the terminal makes a signal of Ctrl-C: see `_talk` for that.
    """
    keys = KeyBindings()

    @keys.add("c-c")
    def _stop(event: KeyPressEvent) -> None:
        if conversation.is_running:
            signals.press(signal.SIGINT)
        elif worker.is_busy:
            worker.drop()
            conversation.stop("Ctrl-C", by="SIGINT")
        else:
            event.app.exit(exception=KeyboardInterrupt)

    @keys.add("c-z")
    def _suspend(event: KeyPressEvent) -> None:
        if conversation.is_running:
            signals.press(getattr(signal, "SIGTSTP", signal.SIGINT))
        else:
            event.app.suspend_to_background()

    @keys.add("c-\\")
    def _quit(event: KeyPressEvent) -> None:
        event.app.exit(exception=EOFError)

    @keys.add("escape", "enter")
    def _newline(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return keys


def _toolbar(conversation: Conversation, screen: Screen, worker: LineWorker) -> FormattedText:
    now_s, queued = conversation.now_s, len(conversation.queued)
    waits = f"  ·  {queued} queued" if queued else ""
    if conversation.robot.parts.stops.is_set:
        text = f" STOPPED · say rearm when the way is clear  ·  t={now_s:.0f} s{waits} "
        return FormattedText([("noreverse bold fg:ansiwhite bg:ansired", text)])
    if worker.is_busy:
        sign = _SPINNER[int(time.monotonic() / _REFRESH_S) % len(_SPINNER)]
        state = f"{sign} {screen.answered or 'reading what you said'}; stop ends it"
    else:
        idle = "waiting for you" if conversation.is_waiting else "idle"
        state = screen.now(now_s) or idle
    return FormattedText([("", printable_line(f" t={now_s:.0f} s  {state}{waits} "))])


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


class _ConversationTarget:
    """The robot of a conversation, and what signals do to the console.

    Args:
        conversation: The conversation.
        is_left_by_ctrl_c: True if Ctrl-C during a run leaves the console, as other signals do.
    """

    def __init__(self, conversation: Conversation, *, is_left_by_ctrl_c: bool = False) -> None:
        self._conversation = conversation
        self._is_left_by_ctrl_c = is_left_by_ctrl_c

    @property
    def run(self) -> object | None:
        """Return the run under way; None while nothing moves."""
        conversation = self._conversation
        return conversation.robot.runs.current if conversation.is_running else None

    def stop(self, reason: str, *, by: str, is_immediate: bool = False) -> None:
        """Stop the robot, latched; without a wait for the conversation, which may be busy."""
        self._conversation.robot.stop(reason, by=by, is_immediate=is_immediate)

    def latch(self, reason: str, by: str) -> None:
        """Latch a stop without a word to the robot."""
        self._conversation.robot.parts.stops.latch(reason, by)

    def leave(self, name: str) -> None:
        """Raise what the loops of this module take for Ctrl-C, or for the end of the input."""
        if name not in ("SIGINT", "SIGTSTP"):
            raise EOFError(name)
        if self._is_left_by_ctrl_c or not self._conversation.is_running:
            raise KeyboardInterrupt(name)


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
