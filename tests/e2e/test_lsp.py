"""``treehand lsp`` with a real client, over standard input and output."""

import asyncio
import sys

import pytest

lsp = pytest.importorskip("lsprotocol.types", reason="needs the extra lsp")
from pygls.lsp.client import LanguageClient  # noqa: E402

pytestmark = pytest.mark.slow
WAIT_S = 60.0
WRONG = "tree: mug\nparams: {item: movable}\nroot:\n  sequence:\n    - do: pikc(item)\n"
RIGHT = WRONG.replace("pikc", "pick")


class Editor:
    """An editor with one open file."""

    def __init__(self, folder, text):
        self.path = folder / "mug.tree.yaml"
        self.path.write_text(text)
        self.document = lsp.TextDocumentIdentifier(self.path.as_uri())
        self.client = LanguageClient("editor", "1")
        self.told = asyncio.Queue()
        publish = lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS
        self.client.feature(publish)(lambda params: self.told.put_nowait(params))
        self.folder, self.text = folder, text

    async def __aenter__(self):
        await self.client.start_io(sys.executable, "-m", "treehand", "lsp")
        await self.client.initialize_async(
            lsp.InitializeParams(lsp.ClientCapabilities(), root_uri=self.folder.as_uri())
        )
        self.client.initialized(lsp.InitializedParams())
        item = lsp.TextDocumentItem(self.document.uri, "yaml", 1, self.text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        return self

    async def __aexit__(self, *_):
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()

    async def findings(self):
        return (await asyncio.wait_for(self.told.get(), WAIT_S)).diagnostics

    def change(self, text, version):
        whole = lsp.TextDocumentContentChangeWholeDocument(text)
        about = lsp.VersionedTextDocumentIdentifier(version, self.document.uri)
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(about, [whole]))


def in_editor(folder, text, story):
    async def whole():
        async with Editor(folder, text) as editor:
            await asyncio.wait_for(story(editor), WAIT_S)

    asyncio.run(whole())


def test_a_fault_is_shown_at_its_column_and_goes_when_it_is_mended(tmp_path):
    async def story(editor):
        (finding,) = await editor.findings()
        assert finding.code == "unknown-skill"
        assert finding.range.start == lsp.Position(4, 10)
        assert finding.range.end == lsp.Position(4, 14)
        editor.change(RIGHT, 2)
        assert not [one for one in await editor.findings() if one.severity == 1]

    in_editor(tmp_path, WRONG, story)


def test_the_editor_completes_explains_finds_renames_and_formats(tmp_path):
    async def story(editor):
        client, at = editor.client, lsp.Position
        done = await client.text_document_completion_async(
            lsp.CompletionParams(editor.document, at(4, 12))
        )
        assert [one.label for one in done.items] == ["pick"]
        hover = await client.text_document_hover_async(lsp.HoverParams(editor.document, at(4, 12)))
        assert "pick(item: movable)" in hover.contents.value
        place = await client.text_document_definition_async(
            lsp.DefinitionParams(editor.document, at(4, 12))
        )
        assert place.uri.endswith("kitchen.domain.yaml")
        edit = await client.text_document_rename_async(
            lsp.RenameParams(editor.document, at(4, 16), "thing")
        )
        assert "pick(thing)" in edit.document_changes[0].edits[0].new_text
        layout = await client.text_document_formatting_async(
            lsp.DocumentFormattingParams(editor.document, lsp.FormattingOptions(2, True))
        )
        assert layout[0].new_text == RIGHT

    in_editor(tmp_path, RIGHT + "  \n\n", story)


HOSTILE = ("", "\x00", "{" * 2000, "é" * 5000, "a: *b\n", "🍵: 🍵\n" * 99, "- " * 900, "a:\n\t- b")


def test_no_text_ends_the_server(tmp_path):
    async def story(editor):
        await editor.findings()
        for number, text in enumerate(HOSTILE, 2):
            editor.change(text, number)
            assert await editor.findings()
        editor.change(RIGHT, 99)
        assert not [one for one in await editor.findings() if one.severity == 1]

    in_editor(tmp_path, WRONG, story)
