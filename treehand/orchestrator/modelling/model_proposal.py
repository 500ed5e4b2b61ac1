"""Action models that a language model proposes for a domain file, ready for a person to decide.

Whatever the model answers is written into a copy of the domain file, which the domain's checker and
the deployment's own loading then read like any other; so findings have their line and column.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from treehand.core.errors import Finding, InputError
from treehand.documents.edits import unified
from treehand.documents.entry_edits import with_keys
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.history.observed_changes import ObservedCalls
from treehand.orchestrator.modelling.lacking_skills import UndeclaredSkill, is_lacking
from treehand.orchestrator.modelling.rehearsal import Rehearsal, Rehearser
from treehand.planners.llm import ProposedModel, ProposedModels
from treehand.skills.domain import Domain, load_domain

Load = Callable[[Path], Deployment]
"""Returns the deployment with another domain file; raises `InputError`."""


@dataclass(frozen=True)
class ModelProposal:
    """Proposed action models with their evidence.

    Attributes:
        path: The domain file.
        before: Its text.
        after: Its text with the action models.
        models: The action models.
        rehearsals: Their rehearsals, in the same order.
        evidence: Skill to what past runs have shown of its proposed effects.
        reason: Reason for skills that were left out, in the model's words.
    """

    path: Path
    before: str
    after: str
    models: tuple[ProposedModel, ...] = ()
    rehearsals: tuple[Rehearsal, ...] = ()
    evidence: Mapping[str, tuple[str, ...]] | None = None
    reason: str = ""

    def diff(self) -> str:
        """Return the change as a unified diff, for ``patch FILE``."""
        return unified(self.before, self.after, self.path)

    def lines(self, model: ProposedModel, rehearsal: Rehearsal) -> Iterator[str]:
        """Yield the evidence for one model, one line each."""
        if model.because:
            yield f"because, in the model's words: {model.because}"
        shown = (self.evidence or {}).get(model.skill, ())
        yield from shown or ("no past run shows its effects",)
        yield from rehearsal.lines()

    def write(self) -> None:
        """Write the domain file, whose comments stay.

        Raises:
            InputError: If the file has changed since it was read, or cannot be written.
        """
        path = self.path.resolve()
        try:
            if path.read_bytes().decode("utf-8") != self.before:
                message = f"'{self.path}' has changed since it was read; nothing is written"
                raise InputError.of("changed-file", message, hint="ask again")
            with tempfile.NamedTemporaryFile(
                "wb", dir=path.parent, prefix=f".{path.name}", delete=False
            ) as file:
                file.write(self.after.encode())
            new = Path(file.name)
            try:
                new.chmod(path.stat().st_mode & 0o7777)
                new.replace(path)
            except OSError:
                new.unlink(missing_ok=True)
                raise
        except (OSError, UnicodeDecodeError) as error:
            message = f"cannot write '{self.path}': {error}"
            hint = "copy the domain to a folder of your own and name it with --domain"
            raise InputError.of("unwritable-file", message, hint=hint) from error


class ModelExaminer:
    """Examines proposed action models: writes them into a copy, checks, and rehearses them.

    Args:
        domain: The domain as it is written.
        path: Its file.
        undeclared: Skills that it does not name.
        seen: What past runs have shown, by skill.
        load: Loads the deployment with another domain file.
        rounds: Number of answers in all; after the last one nothing goes back any more.
    """

    def __init__(
        self,
        domain: Domain,
        path: Path,
        undeclared: Sequence[UndeclaredSkill],
        seen: Mapping[str, ObservedCalls],
        load: Load,
        *,
        rounds: int,
    ) -> None:
        self._domain = domain
        self._path = path
        self._undeclared = {skill.name: skill for skill in undeclared}
        self._seen = seen
        self._load = load
        self._rounds = rounds
        self._before = path.read_bytes().decode("utf-8")
        self.proposal = ModelProposal(path, self._before, self._before)
        """The last proposal that passed."""

    def examine(self, proposed: ProposedModels) -> Sequence[str]:
        """Return the mistakes in proposed action models; keep the models if there are none.

        What a rehearsal shows goes back to the model while rounds are left; then a person judges.

        Args:
            proposed: One answer.
        """
        self._rounds -= 1
        try:
            after = self._written(proposed.models)
        except ValueError as error:
            return [f"it cannot be written into {self._path.name}: {error}"]
        try:
            deployment = self._loaded(after)
        except InputError as error:
            return [self._quoted(finding, after) for finding in error.findings]
        against = list(self._contradictions(proposed.models, deployment.domain))
        rehearser = Rehearser(deployment)
        try:
            rehearsals = tuple(rehearser.rehearse(model.skill) for model in proposed.models)
        finally:
            rehearser.close()
        against += [f"{one.skill}: {one.problem}" for one in rehearsals if one.problem]
        if against and self._rounds > 0:
            return against
        self.proposal = ModelProposal(
            self._path,
            self._before,
            after,
            proposed.models,
            rehearsals,
            {m.skill: tuple(self._evidence(m.skill, deployment.domain)) for m in proposed.models},
            proposed.reason,
        )
        return ()

    def _written(self, models: Sequence[ProposedModel]) -> str:
        """Return the text of the domain file with the models; raises `ValueError`."""
        text = self._before
        for model in models:
            known = self._domain.skills.get(model.skill)
            values: dict[str, str] = {}
            if known is None and self._undeclared[model.skill].doc:
                values["doc"] = _flow(self._undeclared[model.skill].doc[:200])
            if model.params and not (known and known.params):
                pairs = ", ".join(f"{_flow(n)}: {_flow(kind)}" for n, kind in model.params.items())
                values["params"] = f"{{{pairs}}}"
            if model.preconditions and not (known and known.preconditions):
                values["preconditions"] = _list(model.preconditions)
            values["effects"] = _list(model.effects)
            if model.failures and not (known and known.failures):
                values["failures"] = "{" + ", ".join(f"{one}: {{}}" for one in model.failures) + "}"
            if known is None or "duration" not in known.model_fields_set:
                values["duration"] = f"{model.duration_s:g} s"
            if model.is_irreversible and not (known and known.irreversible):
                values["irreversible"] = "true"
            if known is not None and "irreversible" in known.model_fields_set:
                values.pop("irreversible", None)  # what a person has written stays
            text = with_keys(text, ("skills", model.skill), values)
        return text

    def _loaded(self, text: str) -> Deployment:
        """Return the deployment with a domain text; raises `InputError` with the file's own name.

        Nothing but the skills without an action model may differ.
        """
        with tempfile.TemporaryDirectory(prefix="treehand-") as folder:
            path = Path(folder) / self._path.name
            path.write_bytes(text.encode())
            try:
                domain, deployment = load_domain(path), self._load(path)
            except InputError as error:
                raise InputError(_moved(error.findings, path, self._path.name)) from error
        known = self._domain
        others = {name for name, model in known.skills.items() if not is_lacking(model)}
        if any(domain.skills[name] != known.skills[name] for name in others):
            message = f"another skill of '{self._path.name}' would change, too"
            raise InputError.of("wrong-value", message, hint="write the models by hand")
        return deployment

    def _quoted(self, finding: Finding, text: str) -> str:
        """Return a finding with the line that it is about, which the model has not seen."""
        span, lines = finding.span, text.splitlines()
        if span is None or span.file != self._path.name or span.line > len(lines):
            return str(finding)
        return f"{finding}\n  {span.line} | {lines[span.line - 1]}"

    def _contradictions(self, models: Sequence[ProposedModel], domain: Domain) -> Iterator[str]:
        """Yield the effects that no successful call had."""
        for model in models:
            seen = self._seen.get(model.skill)
            for effect in domain.skills[model.skill].effects if seen is not None else ():
                if seen is not None and seen.contradicts(effect):
                    yield f"{model.skill}: past runs speak against '{effect}': it was never so"

    def _evidence(self, skill: str, domain: Domain) -> Iterator[str]:
        seen = self._seen.get(skill)
        for effect in domain.skills[skill].effects if seen is not None else ():
            told = seen.about(effect) if seen is not None else ""
            if told:
                yield f"'{effect}': {told}"


def _moved(findings: Sequence[Finding], path: Path, name: str) -> Iterator[Finding]:
    """Yield findings about a copy of a file as findings about the file."""
    for one in findings:
        span = one.span
        if span is not None and span.file == str(path):
            span = span._replace(file=name)
        message = one.message.replace(str(path), name)
        yield replace(one, message=message, span=span)


def _list(texts: Sequence[str]) -> str:
    return "[" + ", ".join(map(_flow, texts)) + "]"


def _flow(text: str) -> str:
    """Return a text as a YAML scalar on one line, also between brackets."""
    return text if text.replace("_", "a").isalnum() else json.dumps(text, ensure_ascii=False)
