"""Lines that the command line prints as they are."""

from pathlib import Path

from treehand.cli.views.plain_output import print_diff
from treehand.documents.edits import unified


def test_a_diff_keeps_the_line_ends_of_the_file_and_escapes_what_steers_a_screen(capsys):
    before = "tree: a\r\nroot: {do: go()}\r\n"
    print_diff(unified(before, before.replace("go", "run\x1b"), Path("a.tree.yaml")))
    assert capsys.readouterr().out == (
        "--- a.tree.yaml\n+++ a.tree.yaml\n@@ -1,2 +1,2 @@\n tree: a\r\n"
        "-root: {do: go()}\r\n+root: {do: run\\x1b()}\r\n"
    )
