"""Operations on files of the served folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from treehand.authoring.language.language_service import Hover, Proposal
from treehand.core.errors import Finding
from treehand.trees.format.files import SUFFIX
from treehand.web.api.bodies import (
    FileText,
    NewFile,
    TextPlace,
    TriedTree,
    WrittenFile,
)
from treehand.web.api.operation import ApiCall, ApiOperation, in_thread
from treehand.web.api.states import (
    FileContent,
    FileState,
    FileVersion,
    FindingState,
    HoverState,
    LaidOutText,
    ProposalState,
)
from treehand.web.desk.file_shelf import FileShelf, TreeDraft, TrialTask, version_of
from treehand.web.desk.tree_trial import TrialReport
from treehand.web.desk.trial_process import TrialProcess

NAME = {"name": "Path of the file below the served folder."}


class FileOperations:
    """Serves them.

    Args:
        shelf: The files.
        trials: Tries trees.
    """

    def __init__(self, shelf: FileShelf, trials: TrialProcess) -> None:
        self._shelf = shelf
        self._trials = trials

    def all(self) -> Iterator[ApiOperation]:
        """Yield the operations."""
        yield from self._keeping()
        yield from self._helping()
        yield from self._trying()

    def _keeping(self) -> Iterator[ApiOperation]:
        tag = "files"
        yield ApiOperation(
            "GET", "/files", "List the files of the served folder.", self._list,
            result=list[FileState], tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "GET", "/files/{name:path}", "Return the text of a file.", self._read,
            result=FileContent, errors=(404,), parameters=NAME, tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "PUT", "/files/{name:path}", "Write a file that is as it was read, or a new one.",
            self._write, needs="control", body=WrittenFile, result=FileVersion,
            errors=(404, 409), parameters=NAME, tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/starters/{name:path}", "Return a text to start a new file from.",
            self._start, body=NewFile, result=LaidOutText, errors=(404,), parameters=NAME, tag=tag,
        )  # fmt: skip

    def _helping(self) -> Iterator[ApiOperation]:
        tag = "files"
        yield ApiOperation(
            "POST", "/check/{name:path}", "Check a text that is to stand in a file.",
            self._check, body=FileText, result=list[FindingState], errors=(404,),
            parameters=NAME, tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/completions/{name:path}", "Complete a text that is to stand in a file.",
            self._complete, body=TextPlace, result=list[ProposalState], errors=(404,),
            parameters=NAME, tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/hover/{name:path}", "Explain a word of a text that is to stand in a file.",
            self._hover, body=TextPlace, result=HoverState, errors=(404,), parameters=NAME,
            tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/format/{name:path}", "Return a text in the standard layout.",
            self._format, body=FileText, result=LaidOutText, errors=(404,), parameters=NAME,
            tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/drafts/{name:path}", "Draw a tree's text as far as it can be read.",
            self._draft, body=FileText, result=TreeDraft, errors=(404,), parameters=NAME, tag=tag,
        )  # fmt: skip

    def _trying(self) -> Iterator[ApiOperation]:
        tag = "files"
        yield ApiOperation(
            "POST", "/verify/{name:path}",
            "Verify a tree's text from the scene's start, in a process of its own.",
            self._verify, needs="control", body=TriedTree, result=TrialReport,
            errors=(404, 409, 504), parameters=NAME, tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/rehearse/{name:path}",
            "Run a tree's text in simulation from the scene's start, in a process of its own.",
            self._rehearse, needs="control", body=TriedTree, result=TrialReport,
            errors=(404, 409, 504), parameters=NAME, tag=tag,
        )  # fmt: skip

    async def _list(self, call: ApiCall) -> list[FileState]:
        names: list[tuple[str, str]] = await in_thread(self._shelf.names)
        return [FileState(name=name, kind=kind) for name, kind in names]

    async def _read(self, call: ApiCall) -> FileContent:
        name = call.path("name")
        text = await in_thread(lambda: self._shelf.read(name))
        kind, version = self._shelf.kind(name), version_of(text)
        return FileContent(name=name, kind=kind, version=version, text=text)

    async def _write(self, call: ApiCall) -> FileVersion:
        name, body = call.path("name"), call.body
        version = await in_thread(lambda: self._shelf.write(name, body.text, body.version))
        return FileVersion(name=name, kind=self._shelf.kind(name), version=version)

    async def _check(self, call: ApiCall) -> list[FindingState]:
        name, text = call.path("name"), call.body.text
        found: tuple[Finding, ...] = await in_thread(lambda: self._shelf.check(name, text))
        if name.endswith(SUFFIX):
            await in_thread(self._trials.prepare)  # who writes a tree will try it
        return [_state(finding) for finding in found]

    async def _complete(self, call: ApiCall) -> list[ProposalState]:
        name, at = call.path("name"), call.body
        found: list[Proposal] = await in_thread(
            lambda: self._shelf.complete(name, at.text, at.line, at.column)
        )
        return [ProposalState(**asdict(one)) for one in found]

    async def _hover(self, call: ApiCall) -> HoverState:
        name, at = call.path("name"), call.body
        found: Hover | None = await in_thread(
            lambda: self._shelf.hover(name, at.text, at.line, at.column)
        )
        return HoverState(**asdict(found)) if found is not None else HoverState(title="", about="")

    async def _format(self, call: ApiCall) -> LaidOutText:
        name, text = call.path("name"), call.body.text
        made = await in_thread(lambda: self._shelf.format(name, text))
        return LaidOutText(text=made)

    async def _start(self, call: ApiCall) -> LaidOutText:
        name, new = call.path("name"), call.body
        shelf = self._shelf
        text = await in_thread(
            lambda: (
                shelf.scenario(name, new.tree, new.arguments, new.outcome)
                if new.tree
                else shelf.start(name)
            )
        )
        return LaidOutText(text=text)

    async def _draft(self, call: ApiCall) -> TreeDraft:
        name, text = call.path("name"), call.body.text
        draft: TreeDraft = await in_thread(lambda: self._shelf.draft(name, text))
        return draft

    async def _verify(self, call: ApiCall) -> TrialReport:
        return await self._tried("verify", call)

    async def _rehearse(self, call: ApiCall) -> TrialReport:
        return await self._tried("rehearse", call)

    async def _tried(self, task: TrialTask, call: ApiCall) -> TrialReport:
        name, body = call.path("name"), call.body
        return await self._trials.report(self._shelf.trial(task, name, body.text, body.arguments))


def _state(finding: Finding) -> FindingState:
    span = finding.span
    return FindingState(
        code=finding.code,
        message=finding.message,
        severity=finding.severity,
        line=span.line if span is not None else 0,
        column=span.column if span is not None else 0,
        hint=finding.hint or "",
    )
