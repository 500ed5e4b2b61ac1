"""Names in one export, the skills and trees that it calls, and what it tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from treehand.core.errors import Finding
from treehand.core.spans import Span
from treehand.skills.domain import Domain, Vocabulary
from treehand.trees.format.files import TreeLibrary
from treehand.trees.format.spec import SubtreeSpec, TreeSpec
from treehand.trees.interop.btcpp.exporting.foreign_nodes import FOREIGN_NODES
from treehand.trees.interop.btcpp.exporting.number_keys import NumberTable
from treehand.trees.interop.btcpp.format.btcpp_builtins import PORTS
from treehand.trees.interop.btcpp.format.btcpp_document import GENERIC, SUBTREES
from treehand.trees.interop.btcpp.format.btcpp_text import Spelling
from treehand.trees.interop.btcpp.format.port_names import port_name
from treehand.trees.interop.btcpp.importing.btcpp_controls import CONTROLS
from treehand.trees.interop.btcpp.importing.btcpp_decorators import DECORATORS

_ELEMENTS = ("BehaviorTree", "Metadata", "TreeNodesModel", "description", "include", "root")
_BUILT_IN = {
    *(PORTS.keys() - {"UnsetBlackboard"}),
    *CONTROLS,
    *DECORATORS,
    *FOREIGN_NODES,
    *GENERIC,
    *SUBTREES,
    *_ELEMENTS,
    *("AlwaysSuccess", "AlwaysFailure", "SkipUnlessUpdated", "WaitValueUpdate", "WasEntryUpdated"),
}
"""IDs that no skill or tree may have."""


@dataclass
class ExportBook:
    """Names and findings of one export.

    Args:
        tree: The tree that is exported.
        domain: Domain with the parameters and ports of its skills.
        library: Trees that it may call.
    """

    tree: TreeSpec
    domain: Domain
    library: TreeLibrary
    notes: list[Finding] = field(default_factory=list)
    waiting: list[tuple[TreeSpec, str, TreeSpec | SubtreeSpec]] = field(default_factory=list)
    """Owner, name and body of the trees that are not written yet."""
    written: set[str] = field(default_factory=set)
    """IDs of the trees that are written, or wait to be."""
    called: dict[str, None] = field(default_factory=dict)
    """Skills that are called."""
    vocabulary: Vocabulary = field(init=False)
    numbers: NumberTable = field(init=False)
    skills: Spelling = field(init=False)
    trees: Spelling = field(init=False)
    ports: dict[str, dict[str, str]] = field(default_factory=dict)
    """Skill, or tree, to the names that its ports have there, where they are not ours."""

    def __post_init__(self) -> None:
        """Take the names over that the files tell; what the tree itself says, wins."""
        self.vocabulary = self.domain.vocabulary({})
        files = list(_files(self.tree, self.library))[::-1]
        bodies = ((file, body) for file in files for body in file.bodies())
        self.numbers = NumberTable(bodies, self.library)
        spelled = [file.foreign_names for file in files]
        skills = {ours: one for names in spelled for ours, one in names.skills.items()}
        trees = {ours: one for names in spelled for ours, one in names.trees.items()}
        taken = set(_BUILT_IN)
        self.skills = Spelling("skill", skills, taken)
        self.trees = Spelling("tree", trees, taken)
        for name in dict.fromkeys(_called_skills(files[::-1])):
            self.skills.of(name)  # before the trees: a skill is registered under its name
        for file in files:
            for owner, names in file.foreign_names.ports.items():
                self.ports.setdefault(owner, {}).update(names)
        name = self.tree.tree
        self.waiting.append((self.tree, name, self.tree))
        self.written.add(self.trees.of(name))
        self._note_renamed("tree", name, self.trees.of(name), self.trees, self.tree.span())
        for name in self.tree.subtrees:
            self.subtree(self.tree, name)

    def note(self, code: str, message: str, span: Span | None, hint: str | None = None) -> None:
        """Tell that the XML does not say something as the tree does."""
        self.notes.append(Finding(code, message, span, hint, "warning"))

    def note_once(self, message: str, span: Span | None, hint: str | None = None) -> None:
        """Tell of a difference between the engines, at the first node that it concerns."""
        if all(told.message != message for told in self.notes):
            self.note("approximated", message, span, hint)

    def subtree(
        self, owner: TreeSpec, name: str, span: Span | None = None
    ) -> tuple[str, TreeSpec | SubtreeSpec | None]:
        """Return the ID of a tree that is called, and the tree, which will be written."""
        used = self.library.resolve(owner, name)
        identifier = self.tree_id(owner, name, used)
        if used is not None and identifier not in self.written:
            self.written.add(identifier)
            self.waiting.append((used if isinstance(used, TreeSpec) else owner, name, used))
            self._note_renamed("tree", name, identifier, self.trees, span)
        return identifier, used

    def tree_id(self, owner: TreeSpec, name: str, body: TreeSpec | SubtreeSpec | None) -> str:
        """Return the ID of a tree."""
        return self.trees.of(name, owner.tree if isinstance(body, SubtreeSpec) else "")

    def port(self, owner: str, name: str) -> str:
        """Return a port of a skill, or of a tree that is called, as an attribute."""
        return self.ports.get(owner, {}).get(name) or port_name(name)

    def skill(self, name: str, span: Span | None) -> str:
        """Return the ID of the node of a skill that is called."""
        identifier = self.skills.of(name)
        if name not in self.called:
            self.called[name] = None
            self._note_renamed("skill", name, identifier, self.skills, span)
        return identifier

    def _note_renamed(
        self, what: str, name: str, identifier: str, spelling: Spelling, span: Span | None
    ) -> None:
        wanted = spelling.wanted(name)
        if identifier != wanted:
            message = f"the {what} '{name}' is '{identifier}' there: '{wanted}' is taken"
            self.note("renamed", message, span)


def _called_skills(files: Iterable[TreeSpec]) -> Iterator[str]:
    """Yield the names of the skills that trees call."""
    for file in files:
        for node in file.nodes():
            calls = (node.do, *(node.retry.first if node.retry is not None else ()))
            yield from (call.name for call in calls if call is not None)


def _files(tree: TreeSpec, library: TreeLibrary) -> Iterator[TreeSpec]:
    """Yield a tree and every file that it calls, straight or through others."""
    found, waiting = {tree.tree}, [tree]
    while waiting:
        owner = waiting.pop(0)
        yield owner
        for node in owner.nodes():
            used = library.resolve(owner, node.subtree.name) if node.subtree is not None else None
            if isinstance(used, TreeSpec) and used.tree not in found:
                found.add(used.tree)
                waiting.append(used)
