"""Edits of files with plain text in braces that ends in a question mark, which YAML 1.2 allows."""

import pytest

from treehand.documents.edits import with_entry
from treehand.documents.entry_edits import with_keys
from treehand.documents.reader import parse
from treehand.documents.row_edits import with_row, with_value, without_row
from treehand.skills.domain import Domain

TEXT = """\
ask: {question: which?}  # asked
rows:
  - {question: which?, n: 1}
blocks:
  - question: which?
    n: 1
"""


@pytest.mark.parametrize(
    ("edit", "changed"),
    [
        (
            lambda: with_entry(TEXT, ["names"], "new", before="rows"),
            ("rows:\n", "names: [new]\nrows:\n"),
        ),
        (lambda: with_keys(TEXT, ["ask"], {"by": "Ada"}), ("which?}  #", "which?, by: Ada}  #")),
        (lambda: with_row(TEXT, "rows", {"n": 2}), ("blocks:", "  - n: 2\nblocks:")),
        (lambda: with_value(TEXT, "blocks", 0, "n", 7), ("    n: 1", "    n: 7")),
        (
            lambda: without_row(TEXT, "blocks", 0),
            ("blocks:\n  - question: which?\n    n: 1\n", "blocks: []\n"),
        ),
    ],
)
def test_an_edit_reads_what_the_reader_reads(edit, changed):
    assert edit() == TEXT.replace(*changed)


def test_the_reader_reads_it():
    text = "domain: d\ntypes: {}\npredicates: {}\nskills: {ask: {doc: which?}}\n"
    assert parse(text, Domain, file="d").skills["ask"].doc == "which?"
