r"""Text from outside, safe to show: what steers a screen or hides itself becomes an escape.

Models, servers, scenes, journals, file names and exceptions give texts that a person reads and
decides by. Such a text may not move the cursor, change colors, reorder letters or hide some of
them, so each of these characters is shown as an escape like ``\x1b`` or ``\u202e``.
"""

from __future__ import annotations

import codecs
import json
import re

_HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 and C1 controls, without tab and new line
    "\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # blank letters and joiners
    "\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # zero width and bidirectional controls
    "\u2028\u2029"  # separators of lines and paragraphs
    "\ud800-\udfff"  # lone surrogates
    "\ufe00-\ufe0d\ufdd0-\ufdef\ufff0-\ufffb\ufffe\uffff"  # variants, noncharacters, annotations
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # tags, more variants
)
HIDDEN = re.compile(f"[{_HIDDEN}]")
"""One character that is not shown as itself; tab and new line are, and the emoji variant too."""
_LOOKALIKES = {
    **dict.fromkeys(map(chr, range(0x2500, 0x2580)), "+"),
    **dict.fromkeys("─━┄┅┈┉╌╍═╴╶╸╺–—‐‑", "-"),
    **dict.fromkeys("│┃┆┇┊┋╎╏║", "|"),
    **dict.fromkeys("•●■∀", "*"),
    **dict.fromkeys("‘’‚′", "'"),
    **dict.fromkeys("“”„″", '"'),
    **{"→": "->", "←": "<-", "⇉": "=>", "◇": "<>", "▶": ">", "▣": "#", "✋": "[?]", "⏱": "max "},
    **{"✔": "+", "✘": "x", "×": "x", "·": ".", "…": "...", "⟲": "@", "⟳": "@", "↻": "~", "⚡": "!"},
    **{"≤": "<=", "≥": ">=", "±": "+-", "\xa0": " ", "°": " deg ", "µ": "u", "π": "pi", "▲": "^"},
}
"""Our own signs to what looks like them in ASCII."""
ERRORS = "treehand-lookalikes"
"""Codec error handler: what an encoding lacks is written as a lookalike, and read as an escape."""


def escaped(character: str) -> str:
    r"""Return the escape of one character: ``\x1b``, ``\u202e`` or ``\U000e0041``."""
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def is_printable(text: str) -> bool:
    """Return True if every character of a text is shown as itself."""
    return HIDDEN.search(text) is None


def printable(text: str) -> str:
    """Return a text with an escape for every character that would steer a screen or hide.

    New lines and tabs stay.
    """
    return HIDDEN.sub(lambda found: escaped(found.group()), text)


def printable_line(text: str) -> str:
    """Return a text as one line: like `printable`, with new lines and tabs as escapes too."""
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")


def json_text(data: object, *, indent: int | None = None, is_ascii: bool = False) -> str:
    """Return data as JSON that is safe to show: such characters stand as JSON's own escapes.

    Args:
        data: What `json.dumps` takes.
        indent: Spaces of a level; everything is on one line if left out.
        is_ascii: Write every other character beyond ASCII as an escape too.
    """
    text = json.dumps(data, ensure_ascii=is_ascii, indent=indent)
    return HIDDEN.sub(lambda found: json.dumps(found.group())[1:-1], text)


def _lookalikes(error: UnicodeError) -> tuple[str, int]:
    if isinstance(error, UnicodeDecodeError):
        return "".join(map(escaped, map(chr, error.object[error.start : error.end]))), error.end
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(_LOOKALIKES.get(sign) or escaped(sign) for sign in missing), error.end


codecs.register_error(ERRORS, _lookalikes)
