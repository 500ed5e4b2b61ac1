"""Language server for the files of Treehand, over standard input and output."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path
from pygls.workspace import PositionCodec

from treehand.authoring.file_types import find_kind
from treehand.authoring.language.language_service import Proposal, end_of
from treehand.authoring.lsp.edited_folder import EditedFolder
from treehand.core.errors import Finding, InputError
from treehand.core.spans import Span

SETTLE_S = 0.2
"""Time without a change after which a text is checked, in seconds."""
KINDS = {
    "key": lsp.CompletionItemKind.Property,
    "value": lsp.CompletionItemKind.EnumMember,
    "skill": lsp.CompletionItemKind.Function,
    "predicate": lsp.CompletionItemKind.Interface,
    "tree": lsp.CompletionItemKind.Module,
    "object": lsp.CompletionItemKind.Variable,
    "variable": lsp.CompletionItemKind.TypeParameter,
    "code": lsp.CompletionItemKind.Constant,
    "type": lsp.CompletionItemKind.Class,
}


class TreehandLanguageServer:
    """Serves one editor.

    Args:
        version: Version that the editor is told.
    """

    def __init__(self, version: str) -> None:
        self.server = LanguageServer("treehand", version)
        self._folders: dict[Path, EditedFolder] = {}
        completes = lsp.CompletionOptions(trigger_characters=[":", " ", "(", ",", "-"])
        renames = lsp.RenameOptions(prepare_provider=True)
        for name, handler, options in (
            (lsp.TEXT_DOCUMENT_DID_OPEN, self._opened, None),
            (lsp.TEXT_DOCUMENT_DID_CHANGE, self._changed, None),
            (lsp.TEXT_DOCUMENT_DID_SAVE, self._saved, None),
            (lsp.TEXT_DOCUMENT_DID_CLOSE, self._closed, None),
            (lsp.TEXT_DOCUMENT_COMPLETION, self._complete, completes),
            (lsp.TEXT_DOCUMENT_HOVER, self._hover, None),
            (lsp.TEXT_DOCUMENT_DEFINITION, self._definition, None),
            (lsp.TEXT_DOCUMENT_PREPARE_RENAME, self._prepare_rename, None),
            (lsp.TEXT_DOCUMENT_RENAME, self._rename, renames),
            (lsp.TEXT_DOCUMENT_FORMATTING, self._format, None),
        ):
            self.server.feature(name, options)(partial(handler))  # a method takes no attributes

    def serve(self) -> None:
        """Serve until the editor ends it."""
        self.server.start_io()

    # Findings.

    async def _opened(self, params: lsp.DidOpenTextDocumentParams) -> None:
        await self._check(params.text_document.uri)

    async def _changed(self, params: lsp.DidChangeTextDocumentParams) -> None:
        version = params.text_document.version
        await asyncio.sleep(SETTLE_S)
        document = self.server.workspace.get_text_document(params.text_document.uri)
        if document.version == version:
            await self._check(params.text_document.uri)

    async def _saved(self, params: lsp.DidSaveTextDocumentParams) -> None:
        for uri in list(self.server.workspace.text_documents):
            await self._check(uri)  # a domain, say, counts in the others once it is saved

    def _closed(self, params: lsp.DidCloseTextDocumentParams) -> None:
        self._publish(params.text_document.uri, None, [])

    async def _check(self, uri: str) -> None:
        path = _path(uri)
        if path is None or find_kind(path) is None:
            return
        document = self.server.workspace.get_text_document(uri)
        text, version = document.source, document.version
        service = self._folder(path).service
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(None, service.findings, text, path)
        if self.server.workspace.get_text_document(uri).version == version:
            codec = self.server.workspace.position_codec
            self._publish(uri, version, [_diagnostic(one, text, path, codec) for one in found])

    def _publish(self, uri: str, version: int | None, found: list[lsp.Diagnostic]) -> None:
        self.server.text_document_publish_diagnostics(
            lsp.PublishDiagnosticsParams(uri=uri, version=version, diagnostics=found)
        )

    # Questions of the editor.

    def _complete(self, params: lsp.CompletionParams) -> lsp.CompletionList:
        place = self._place(params)
        found = place.folder.service.complete(*place.asked) if place is not None else []
        items = [_item(number, one) for number, one in enumerate(found)]
        return lsp.CompletionList(is_incomplete=False, items=items)

    def _hover(self, params: lsp.HoverParams) -> lsp.Hover | None:
        place = self._place(params)
        found = place.folder.service.hover(*place.asked) if place is not None else None
        if found is None:
            return None
        text = f"```\n{found.title}\n```\n\n{found.about}"
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, text))

    def _definition(self, params: lsp.DefinitionParams) -> lsp.Location | None:
        place = self._place(params)
        one = place.folder.service.named_at(*place.asked) if place is not None else None
        if place is None or one is None:
            return None
        found = place.folder.files().declaration(one, self._texts())
        if found is None:
            return None
        at = lsp.Position(found.line - 1, found.column - 1)
        uri = from_fs_path(found.file) or ""
        return lsp.Location(uri, lsp.Range(at, at))

    def _prepare_rename(self, params: lsp.PrepareRenameParams) -> lsp.Range | None:
        place = self._place(params)
        one = place.folder.service.occurrence(*place.asked) if place is not None else None
        if place is None or one is None or "code" in one.kinds:
            return None
        codec = self.server.workspace.position_codec
        lines = place.text.split("\n")
        start = place.text.rfind("\n", 0, one.start) + 1
        line = place.text.count("\n", 0, one.start)
        return codec.range_to_client_units(
            lines,
            lsp.Range(lsp.Position(line, one.start - start), lsp.Position(line, one.end - start)),
        )

    def _rename(self, params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
        place = self._place(params)
        one = place.folder.service.occurrence(*place.asked) if place is not None else None
        if place is None or one is None:
            return None
        try:
            made = place.folder.files().rename(one, params.new_name, self._texts())
        except InputError as error:
            self._say("\n".join(map(str, error.findings)))
            return None
        changes: list[lsp.TextDocumentEdit | lsp.RenameFile] = []
        for file in made.files:
            uri = from_fs_path(str(file.path)) or ""
            edit = lsp.TextEdit(_whole(file.before), file.after)
            about = lsp.OptionalVersionedTextDocumentIdentifier(uri)
            changes.append(lsp.TextDocumentEdit(about, [edit]))
            if file.new_path != file.path:
                changes.append(lsp.RenameFile(uri, from_fs_path(str(file.new_path)) or ""))
        return lsp.WorkspaceEdit(document_changes=changes)

    def _format(self, params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit] | None:
        path = _path(params.text_document.uri)
        if path is None:
            return None
        text = self.server.workspace.get_text_document(params.text_document.uri).source
        try:
            made = self._folder(path).service.format(text, path)
        except InputError as error:
            self._say(f"not formatted: {error.findings[0]}")
            return None
        return [lsp.TextEdit(_whole(text), made)] if made != text else []

    # Places.

    def _place(self, params: lsp.TextDocumentPositionParams) -> EditorPlace | None:
        path = _path(params.text_document.uri)
        if path is None:
            return None
        document = self.server.workspace.get_text_document(params.text_document.uri)
        codec = self.server.workspace.position_codec
        at = codec.position_from_client_units(document.lines, params.position)
        return EditorPlace(self._folder(path), document.source, path, at)

    def _folder(self, path: Path) -> EditedFolder:
        root = self.server.workspace.root_path
        folder = EditedFolder.above(path, Path(root).resolve() if root else None)
        if folder not in self._folders:
            self._folders[folder] = EditedFolder(folder)
        return self._folders[folder]

    def _texts(self) -> Mapping[Path, str]:
        documents = self.server.workspace.text_documents
        found = ((_path(uri), document.source) for uri, document in documents.items())
        return {path: text for path, text in found if path is not None}

    def _say(self, message: str) -> None:
        shown = lsp.ShowMessageParams(lsp.MessageType.Warning, message)
        self.server.window_show_message(shown)


class EditorPlace:
    """Cursor of an editor."""

    def __init__(self, folder: EditedFolder, text: str, path: Path, at: lsp.Position) -> None:
        self.folder = folder
        self.text = text
        self.asked = (text, path, at.line + 1, at.character + 1)


def _path(uri: str) -> Path | None:
    name = to_fs_path(uri) if uri.startswith("file:") else None
    return Path(name).resolve() if name else None


def _whole(text: str) -> lsp.Range:
    return lsp.Range(lsp.Position(0, 0), lsp.Position(text.count("\n") + 1, 0))


def _item(number: int, one: Proposal) -> lsp.CompletionItem:
    return lsp.CompletionItem(
        label=one.label,
        kind=KINDS.get(one.kind, lsp.CompletionItemKind.Text),
        detail=one.detail or None,
        documentation=lsp.MarkupContent(lsp.MarkupKind.Markdown, one.about) if one.about else None,
        insert_text=one.insert,
        sort_text=f"{number:04}",
    )


def _diagnostic(one: Finding, text: str, path: Path, codec: PositionCodec) -> lsp.Diagnostic:
    span = one.span
    message = f"{one.message}\n{one.hint}" if one.hint else one.message
    if span is None or Path(span.file).name != path.name:
        message = f"{span}: {message}" if span is not None else message
        span = Span(str(path), 1, 1)
    lines = text.split("\n")
    line = min(span.line, len(lines)) - 1
    places = lsp.Range(
        lsp.Position(line, span.column - 1), lsp.Position(line, end_of(text, span) - 1)
    )
    is_error = one.severity == "error"
    severity = lsp.DiagnosticSeverity.Error if is_error else lsp.DiagnosticSeverity.Warning
    return lsp.Diagnostic(
        range=codec.range_to_client_units(lines, places),
        message=message,
        severity=severity,
        code=one.code,
        source="treehand",
    )
