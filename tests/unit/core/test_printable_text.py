"""What steers a screen or hides on it is shown as an escape, in whatever encoding."""

import io
import json
import unicodedata

import pytest
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from treehand.core.text.printable_console import PrintableConsole, marked
from treehand.core.text.printable_text import (
    ERRORS,
    HIDDEN,
    is_printable,
    json_text,
    printable,
    printable_line,
)

HOSTILE = {
    "\x1b[2J": "\\x1b[2J",
    "\x9b8m": "\\x9b8m",
    "\x00\x07\x7f": "\\x00\\x07\\x7f",
    "a\rb": "a\\x0db",
    "\u202egpj": "\\u202egpj",
    "\u2066a\u2069": "\\u2066a\\u2069",
    "a\u2028b\u2029c": "a\\u2028b\\u2029c",
    "in\u200bvisible\ufeff": "in\\u200bvisible\\ufeff",
    "\ud800": "\\ud800",
    "\U000e0041\U000e007f": "\\U000e0041\\U000e007f",
    "\U000e0100\ufe05": "\\U000e0100\\ufe05",
    "\xad\u3164\u2060": "\\xad\\u3164\\u2060",
}


@pytest.mark.parametrize("text", HOSTILE)
def test_what_steers_or_hides_becomes_an_escape(text):
    assert printable(text) == HOSTILE[text]
    assert not is_printable(text)


def test_letters_of_every_script_lines_and_emoji_stay():
    text = "crème, Käse, 牛乳, молоко, خبز, a\tb\nc, ⚠\ufe0f ✔ →"
    assert printable(text) == text
    assert printable_line("a\tb\nc") == "a\\tb\\nc"


def test_every_control_format_and_separator_of_unicode_is_known():
    allowed = set("\t\n") | {chr(c) for c in (*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891)}
    allowed |= {"\u08e2", "\U000110bd", "\U000110cd", *map(chr, range(0x13430, 0x13440))}
    hidden = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    every = (chr(code) for code in range(0x110000))
    missed = [c for c in every if unicodedata.category(c) in hidden and not HIDDEN.match(c)]
    assert set(missed) <= allowed, "these are signs that are seen, such as Arabic number signs"


@pytest.mark.parametrize("is_ascii", [False, True])
def test_json_stays_json_and_holds_no_control(is_ascii):
    data = {text: [text, "é"] for text in HOSTILE}
    text = json_text(data, is_ascii=is_ascii)
    assert json.loads(text) == data
    assert is_printable(text)
    assert text.isascii() is is_ascii


def written(encoding, text):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors=ERRORS)
    stream.write(text)
    stream.flush()
    return raw.getvalue().decode(encoding)


def test_an_encoding_without_our_signs_gets_lookalikes():
    assert written("ascii", "• ✔ a → b … ├── 牛") == "* + a -> b ... +-- \\u725b"
    assert written("cp1252", "• é ✔") == "• é +"
    assert written("utf-8", "ok \ud800") == "ok \\ud800"


def test_bytes_that_an_encoding_lacks_are_read_as_escapes():
    assert b"op\xc3n".decode("utf-8", ERRORS) == "op\\xc3n"


def shown(*things):
    file = io.StringIO()
    console = PrintableConsole(file=file, force_terminal=True, color_system=None, width=60)
    console.print(*things)
    return file.getvalue()


def test_no_renderable_lets_a_control_through():
    table = Table("a\x1b[2J", title="t\u202e")
    table.add_row("[bold]b\x9b[/]")
    tree = Tree("root\x1b")
    tree.add(Text("leaf\u200b", style="red"))
    out = shown("[red]x\x1b[0m :smile:", Text("y\ud800"), table, tree)
    assert is_printable(out)
    for text in ("[red]x\\x1b[0m :smile:", "y\\ud800", "[bold]b\\x9b[/]", "leaf\\u200b"):
        assert text in out


def test_values_of_a_styled_line_are_never_markup():
    line = marked("[dim]{:5.1f} s[/] [red]{}[/] {}", 1.25, "[bold]x\\", Text("y", style="green"))
    assert line.plain == "  1.2 s [bold]x\\ y"
    styles = {line.plain[span.start : span.end]: span.style for span in line.spans}
    assert styles["[bold]x\\"] == "red"
    assert "green" in map(str, styles.values())
