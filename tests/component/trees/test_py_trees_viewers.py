"""py_trees' own viewers show our trees: `py_trees.display` and the blackboard's."""

import py_trees
from py_trees import display
from py_trees.common import Access, Status
from py_trees.visitors import SnapshotVisitor

from tests.conftest import believe
from treehand.trees import own_blackboard

TREE = """tree: t
root:
  fallback:
    - check: is_open(fridge)
    - sequence:
        - {do: open(fridge), retry: {attempts: 2, on: [door-jammed]}}
        - check: is_open(fridge)
"""


def test_every_viewer_shows_names_and_statuses_of_a_running_tree(bench):
    run = bench(TREE)
    believe(run.facts, "not is_open(fridge)", "hand_empty()")
    run.script("open(fridge)", 2, "SUCCESS")
    run.tick()
    root = run.compiled.root
    names = [node.name for node in root.iterate()]
    for view in (display.ascii_tree, display.unicode_tree, display.xhtml_tree):
        told = view(root, show_status=True)
        assert all(name in told for name in names), view.__name__
    marked = display.ascii_tree(root, show_status=True).splitlines()
    (line,) = [line for line in marked if "open(fridge)" in line and "is_open" not in line][-1:]
    assert line.rstrip().endswith("[*]"), "an asterisk marks what runs"
    graph = display.dot_tree(root)
    assert len(graph.get_edges()) == len(names) - 1
    assert {node.get_name().strip('"') for node in graph.get_nodes()} >= set(names)


def test_a_visitor_of_py_trees_sees_the_path_of_a_tick(bench):
    run = bench(TREE)
    believe(run.facts, "not is_open(fridge)", "hand_empty()")
    run.script("open(fridge)", 2, "SUCCESS")
    run.tick()
    visitor = SnapshotVisitor()
    for node in run.compiled.root.iterate():
        node.visit(visitor)
    assert visitor.visited[run.compiled.root.id] is Status.RUNNING
    told = display.unicode_tree(
        run.compiled.root, visited=visitor.visited, previously_visited=visitor.visited
    )
    assert "open(fridge) [*]" in told


def test_the_viewer_of_the_blackboard_shows_that_of_a_run():
    with own_blackboard():
        client = py_trees.blackboard.Client(name="camera")
        client.register_key("pose", access=Access.WRITE)
        client.pose = 3.5
        assert "/pose" in display.unicode_blackboard()
        assert "3.5" in display.unicode_blackboard()
    assert "/pose" not in display.unicode_blackboard()
