"""Formatter: one layout for files that people write; comments, order and meaning are kept.

It sets two spaces of indentation, lists indented below their key, one blank line at most, spaces
inside brackets and before comments, and the spelling of formulas, calls and durations. It keeps
the order of keys and entries, block or flow style, quotes, and every comment.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import yaml
from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.tag import Tag

from treehand.core.deep_calls import deep_calls
from treehand.core.errors import InputError
from treehand.documents.composer import compose
from treehand.documents.reader import parse

WIDTH = 120
"""Columns after which a flow mapping, a flow list or a long text is broken."""
_ROUNDS = 5
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|min|h)")
_COMMENT = re.compile(r"(?:(?<=\s)|^)#.*$")


def format_text(text: str, model: type[BaseModel], *, file: str) -> str:
    """Return a file's text in the standard layout; formatting is idempotent.

    Args:
        text: The text of a file.
        model: Model of the file type.
        file: Name of the file, for findings.

    Raises:
        InputError: If the file is invalid, with every finding; or if it cannot be formatted without
            a change of its meaning or the loss of a comment.
    """
    before, current = text, ""
    for _ in range(_ROUNDS):
        current = _laid_out(before, model, file)
        if current == before:
            break
        before = current
    else:
        raise _cannot(file, "its layout does not settle")
    if comments_of(current) != comments_of(text):
        raise _cannot(file, "a comment would be lost or moved")
    return current


def write(data: dict[str, Any], model: type[BaseModel], *, file: str) -> str:
    """Return plain data as the text of a file type, in the standard layout."""
    with deep_calls():
        text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=WIDTH)
    return format_text(text, model, file=file)


def comments_of(text: str) -> list[str]:
    """Return the comments of a YAML text, in their order."""
    return [found[0].rstrip() for line in _masked(text) if (found := _COMMENT.search(line))]


def _masked(text: str) -> list[str]:
    """Return the lines of a text with every scalar masked."""
    lines = text.splitlines()
    for first, first_column, last, last_column in _scalars(text):
        for number in range(first, min(last + 1, len(lines))):
            start = first_column if number == first else 0
            end = last_column if number == last else len(lines[number])
            line = lines[number]
            lines[number] = line[:start] + "x" * (end - start) + line[end:]
    return lines


def _scalars(text: str) -> Iterator[tuple[int, int, int, int]]:
    """Yield the ranges of a text's scalars: first line and column, last line and column."""
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        start, end = event.start_mark, event.end_mark
        if isinstance(event, yaml.ScalarEvent) and start is not None and end is not None:
            yield start.line, start.column, end.line, end.column


def _meaning(text: str, model: type[BaseModel], file: str) -> object:
    """Return the content of a file: its model, or plain data if it has placeholders."""
    if "${" not in text:
        return parse(text, model, file=file)
    data, findings = compose(text, file=file)
    if findings:
        raise InputError(findings)
    return data


class _AsWritten(VersionedResolver):
    """YAML resolver that treats every scalar as text, so that numbers keep their spelling."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        """Return the tag of a node."""
        if kind is ScalarNode:
            is_empty = not value and implicit[0]
            return Tag(suffix=f"tag:yaml.org,2002:{'null' if is_empty else 'str'}")
        return super().resolve(kind, value, implicit)


def _cannot(file: str, why: str) -> InputError:
    message = f"'{file}' was left as it is: {why}"
    hint = "write lists with comments in block style, one item a line"
    return InputError.of("cannot-format", message, hint=hint)


def _laid_out(text: str, model: type[BaseModel], file: str) -> str:
    meaning = _meaning(text, model, file)
    writer = YAML()
    writer.Resolver = _AsWritten
    writer.preserve_quotes = True
    writer.width = WIDTH
    writer.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    try:
        with deep_calls():
            data = writer.load(text)
            if isinstance(meaning, BaseModel):
                _respell(data, meaning.model_dump(mode="json", by_alias=True, exclude_unset=True))
            writer.dump(data, stream)
    except YAMLError as error:
        raise _cannot(file, str(error).splitlines()[0]) from error
    result = _tidy(stream.getvalue())
    if _meaning(result, model, file) != meaning:
        raise _cannot(file, "its meaning would change")
    return result


def _respell(data: Any, canonical: Any) -> None:
    """Replace texts in `data` by the model's spelling, where both are texts at the same place."""
    if isinstance(data, dict) and isinstance(canonical, dict):
        entries = [(key, data[key], canonical.get(key)) for key in data]
    elif isinstance(data, list) and isinstance(canonical, list) and len(data) == len(canonical):
        entries = [(key, data[key], canonical[key]) for key in range(len(data))]
    else:
        return
    for key, value, other in entries:
        if isinstance(value, str) and isinstance(other, str):
            duration = _DURATION.fullmatch(value.strip()) if other != value else None
            spelled = f"{duration[1]} {duration[2]}" if duration else other  # units stay
            if spelled != value:
                data[key] = type(value)(spelled)  # in quotes if it was
        else:
            _respell(value, other)


def _tidy(text: str) -> str:
    """Normalize the indentation of comments, and blank lines."""
    lines = text.splitlines()
    blocks = _inside_texts(text)
    for number, masked in enumerate(_masked(text)):
        comment = _COMMENT.search(masked)
        content = lines[number][: comment.start()].rstrip() if comment else ""
        if comment and content:
            lines[number] = f"{content}  {comment[0].rstrip()}"
        elif number not in blocks:
            lines[number] = lines[number].rstrip()
    lines = _comments_indented(lines, blocks)
    kept = [
        line
        for number, line in enumerate(lines)
        if line or number in blocks or (number and lines[number - 1])
    ]
    return "\n".join(kept).strip("\n") + "\n"


def _inside_texts(text: str) -> set[int]:
    """Return the line numbers inside multi-line texts; blank lines after a text are outside."""
    lines = text.splitlines()
    inside: set[int] = set()
    for first, _, last, last_column in _scalars(text):
        numbers = list(range(first + 1, last + (last_column > 0)))
        while numbers and not lines[numbers[-1]].strip():
            numbers.pop()
        inside.update(numbers)
    return inside


def _comments_indented(lines: list[str], blocks: set[int]) -> list[str]:
    """Indent comment lines like the next entry, or the one before at the end of a part.

    Args:
        lines: The lines of a file.
        blocks: Numbers of the lines inside multi-line texts.
    """
    own = [len(line) - len(line.lstrip()) for line in lines]
    is_comment = [line.lstrip().startswith("#") for line in lines]
    result: list[str] = []
    open_indents = [0]
    for number, line in enumerate(lines):
        if number in blocks or not line:
            result.append(line)
        elif not is_comment[number]:
            open_indents = [indent for indent in open_indents if indent < own[number]]
            open_indents.append(own[number])
            result.append(line)
        else:
            indent = _indent_after(number, lines, blocks)
            if own[number] > indent:
                is_open = own[number] in open_indents
                indent = own[number] if is_open else open_indents[-1]
            result.append(" " * indent + line.strip())
    return result


def _indent_after(number: int, lines: list[str], blocks: set[int]) -> int:
    """Return the indentation of the entry after a line; 0 at the end of the file."""
    for later in range(number + 1, len(lines)):
        line = lines[later]
        if line and later not in blocks and not line.lstrip().startswith("#"):
            return len(line) - len(line.lstrip())
    return 0
