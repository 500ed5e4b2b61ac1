"""Trees that use other files: what is seen of them, and where their findings are reported."""

from treehand.trees import check_tree, parse_tree


def test_a_library_tree_does_not_see_what_lies_beside_its_user(deployment, tmp_path):
    (tmp_path / "find.tree.yaml").write_text("tree: find\nroot: {check: hand_empty()}\n")
    library = deployment.library.beside(tmp_path)
    tree = parse_tree("tree: t\nroot: {subtree: take(apple)}\n", file="t")
    assert check_tree(tree, deployment.domain, deployment.vocabulary, library) == []


def test_what_is_wrong_with_a_used_file_is_said(deployment, tmp_path):
    (tmp_path / "used.tree.yaml").write_text(
        "tree: used\nparams: {x: movable}\nroot: {chek: holding(x)}\n"
    )
    library = deployment.library.beside(tmp_path, is_tolerant=True)
    tree = parse_tree("tree: t\nroot: {subtree: used(apple)}\n", file="t")
    found = check_tree(tree, deployment.domain, deployment.vocabulary, library)
    assert [finding.code for finding in found] == ["unknown-key"]
