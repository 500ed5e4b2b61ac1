"""Files of the served folder: versions, rights, what may be named."""

import os
import stat

import pytest

pytest.importorskip("starlette", reason="needs the extra web")

TREE = "tree: fetch\nroot:\n  do: pick(red_mug)\n"
OTHER = TREE.replace("red_mug", "blue_mug")


@pytest.fixture(scope="module")
def shared(kitchen):
    return kitchen.folder / "files", kitchen.client(controls=True)


@pytest.fixture
def file(shared):
    """A file of the folder, as it was read."""
    path = shared[0] / "fetch.tree.yaml"
    path.write_text(TREE)
    path.chmod(0o644)
    yield path
    path.chmod(0o644)
    path.unlink()


def put(client, text, version="", name="fetch.tree.yaml"):
    body = {"text": text, "version": version} if version else {"text": text}
    return client.http.put(f"/api/files/{name}", json=body)


def told(answer):
    return answer.status_code, answer.json()["code"]


def test_a_file_is_written_over_the_version_that_was_read(shared, file):
    ada = shared[1]
    read = ada.get("files/fetch.tree.yaml").json()
    first = put(ada, OTHER, read["version"])
    assert first.status_code == 200
    assert file.read_text() == OTHER
    assert first.json()["version"] == ada.get("files/fetch.tree.yaml").json()["version"]
    assert put(ada, TREE, first.json()["version"]).json()["version"] == read["version"]


def test_a_file_that_changed_since_is_not_overwritten(shared, file):
    ada = shared[1]
    version = ada.get("files/fetch.tree.yaml").json()["version"]
    changed = f"{TREE}# by somebody else\n"
    file.write_text(changed)
    answer = put(ada, OTHER, version)
    assert told(answer) == (409, "changed-file")
    assert answer.json()["hint"]
    assert file.read_text() == changed
    newest = ada.get("files/fetch.tree.yaml").json()["version"]
    assert put(ada, OTHER, newest).status_code == 200


def test_a_new_file_takes_no_name_that_is_taken(shared, file):
    ada = shared[1]
    assert told(put(ada, OTHER)) == (409, "file-exists")
    assert file.read_text() == TREE


def test_a_file_that_is_gone_is_not_made_again_unasked(shared, file):
    ada = shared[1]
    version = ada.get("files/fetch.tree.yaml").json()["version"]
    file.unlink()
    assert told(put(ada, OTHER, version)) == (409, "changed-file")
    assert not file.exists()
    assert put(ada, OTHER).status_code == 200


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o755])
def test_the_mode_of_a_file_is_kept_and_nothing_is_left_beside_it(shared, file, mode):
    folder, ada = shared
    file.chmod(mode)
    version = ada.get("files/fetch.tree.yaml").json()["version"]
    assert put(ada, OTHER, version).status_code == 200
    assert stat.S_IMODE(file.stat().st_mode) == mode
    assert [one.name for one in folder.iterdir()] == [file.name]


def test_lines_end_as_they_did(shared, file):
    ada = shared[1]
    file.write_bytes(TREE.replace("\n", "\r\n").encode())
    version = ada.get("files/fetch.tree.yaml").json()["version"]
    answer = put(ada, OTHER, version)
    assert file.read_bytes() == OTHER.replace("\n", "\r\n").encode()
    assert put(ada, TREE, answer.json()["version"]).status_code == 200


def test_a_write_protected_file_is_told(shared, file):
    ada = shared[1]
    version = ada.get("files/fetch.tree.yaml").json()["version"]
    file.chmod(0o444)
    assert told(put(ada, OTHER, version)) == (422, "unwritable-file")
    assert file.read_text() == TREE


def test_a_link_inside_the_folder_stays_a_link(shared, file):
    folder, ada = shared
    link = folder / "other.tree.yaml"
    link.symlink_to(file)
    try:
        version = ada.get("files/other.tree.yaml").json()["version"]
        assert put(ada, OTHER, version, "other.tree.yaml").status_code == 200
        assert link.is_symlink()
        assert file.read_text() == OTHER
    finally:
        link.unlink()


def test_what_is_no_ordinary_file_is_neither_read_nor_written(shared):
    folder, ada = shared
    pipe, inner = folder / "pipe.tree.yaml", folder / "inner.tree.yaml"
    os.mkfifo(pipe)
    inner.mkdir()
    try:
        for name in (pipe.name, inner.name):
            assert told(ada.get(f"files/{name}")) == (404, "unknown-file")
            assert put(ada, TREE, name=name).status_code == 422
            assert put(ada, TREE, "0" * 16, name=name).status_code == 422
    finally:
        pipe.unlink()
        inner.rmdir()


@pytest.mark.parametrize(
    "name",
    [
        "%2e%2e/out.tree.yaml",
        "..%2fout.tree.yaml",
        "%2ftmp%2fout.tree.yaml",
        "folder%5c..%5c..%5cx.tree.yaml",
        "out.py",
        "out.yaml",
        ".out.tree.yaml",
        "nowhere/out.tree.yaml",
        "a%00.tree.yaml",
        "x" * 300 + ".tree.yaml",
    ],
)
def test_what_may_not_be_named_is_not_written(shared, name):
    folder, ada = shared
    before = sorted(folder.parent.rglob("*"))
    assert told(put(ada, TREE, name=name)) == (404, "unknown-file")
    assert sorted(folder.parent.rglob("*")) == before


def test_a_version_that_is_none_is_told(shared, file):
    ada = shared[1]
    for version in ("x", "../..", "0" * 17):
        assert told(put(ada, OTHER, version)) == (422, "wrong-request")


def test_half_a_character_is_told(shared, file):
    body = b'{"text": "tree: \\ud800"}'
    headers = {"Content-Type": "application/json"}
    answer = shared[1].http.put("/api/files/fetch.tree.yaml", content=body, headers=headers)
    assert answer.status_code == 422
    assert file.read_text() == TREE


def test_only_the_controller_writes(own):
    served = own()
    ada, bob = served.client(controls=True), served.client("Bob")
    assert told(put(bob, TREE)) == (403, "not-in-control")
    assert put(ada, TREE).status_code == 200


def test_a_read_only_server_writes_nothing(own):
    served = own(is_read_only=True)
    ada = served.client()
    assert told(put(ada, TREE)) == (403, "read-only")
    assert ada.post("check/fetch.tree.yaml", {"text": TREE}).status_code == 200
    assert list((served.folder / "files").iterdir()) == []


@pytest.fixture
def odd(shared):
    """Names of the folder that are no files to be read, beside one that is."""
    folder = shared[0]
    (folder / "sound.scenario.yaml").write_text("scenario: x\ngoal: open the fridge\nexpect: {}\n")
    os.mkfifo(folder / "pipe.scenario.yaml")
    (folder / "folder.scenario.yaml").mkdir()
    (folder / "nowhere.scenario.yaml").symlink_to("missing.scenario.yaml")
    (folder / "circle.scenario.yaml").symlink_to("circle.scenario.yaml")
    (folder / "two\nlines.scenario.yaml").write_text("")
    with open(os.fsencode(folder) + b"/latin\xff.scenario.yaml", "wb"):
        pass
    yield
    (folder / "folder.scenario.yaml").rmdir()
    for path in folder.glob("*.scenario.yaml"):
        path.unlink()


def test_one_odd_name_does_not_cost_the_list(shared, odd):
    ada = shared[1]
    found = [one["name"] for one in ada.get("files").json() if one["kind"] == "scenario"]
    assert found == ["sound.scenario.yaml"]
    assert [one["name"] for one in ada.get("scenarios").json()] == found


def test_a_name_that_no_file_system_takes_is_unknown(shared):
    ada = shared[1]
    assert told(put(ada, TREE, name="é" * 124 + ".tree.yaml")) == (404, "unknown-file")


def test_a_name_of_the_greatest_length_is_written_and_replaced(shared):
    folder, ada = shared
    name = "é" * 122 + "a.tree.yaml"
    assert len(name.encode()) == 255
    first = put(ada, TREE, name=name)
    assert first.status_code == 200
    assert put(ada, OTHER, first.json()["version"], name=name).status_code == 200
    assert [path.name for path in folder.glob("*é*")] == [name]
    (folder / name).unlink()


def test_a_mark_of_the_encoding_does_not_change_the_version(shared):
    folder, ada = shared
    first = put(ada, f"\ufeff{TREE}", name="mark.tree.yaml")
    assert ada.get("files/mark.tree.yaml").json()["version"] == first.json()["version"]
    (folder / "mark.tree.yaml").unlink()
