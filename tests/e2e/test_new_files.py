"""Files that a command writes into a folder: all of them, or none."""

import pytest

from treehand.core.errors import InputError
from treehand.core.files.new_files import make_folder, write_new


@pytest.mark.parametrize("folder", ["file", "file/below", "/proc/none"])
def test_a_folder_that_cannot_be_made_is_a_finding(tmp_path, folder):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot make the folder") as raised:
        make_folder(tmp_path / folder)
    assert raised.value.findings[0].code == "unwritable-file"


def test_files_that_cannot_all_be_written_leave_none(tmp_path):
    files = {"a.txt": "a", "b.txt": "b", "missing/c.txt": "c"}
    with pytest.raises(InputError, match="cannot write into"):
        write_new(files, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_text_that_has_no_bytes_leaves_no_file(tmp_path):
    with pytest.raises(UnicodeEncodeError):
        write_new({"a.txt": "a", "b.txt": "\ud800"}, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "t.xml", "--out", "t.xml"),
        ("new", "world", "w", "--in", "t.xml"),
        ("schema", "--out", "t.xml"),
    ],
)
def test_a_command_says_that_its_folder_is_a_file(call, tmp_path, arguments):
    tree = '<root BTCPP_format="4"><BehaviorTree ID="t"><AlwaysSuccess/></BehaviorTree></root>'
    (tmp_path / "t.xml").write_text(tree)
    result = call(*arguments, code=2)
    assert (tmp_path / "t.xml").read_text() == tree
    assert "cannot make the folder 't.xml': a file stands there" in result.err


def test_an_interrupt_is_told(call, monkeypatch):
    def interrupted(kind):
        raise KeyboardInterrupt

    monkeypatch.setattr("treehand.cli.commands.author.schema.schema_of", interrupted)
    assert call("schema", "tree", code=130).err == "interrupted\n"
