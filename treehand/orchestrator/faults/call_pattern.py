"""Skill calls as people write them outside of trees: in faults, expectations and commands.

``_`` as an argument stands for any.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from treehand.core.errors import Finding, near
from treehand.core.spans import Span
from treehand.skills.domain import Call, Domain, Vocabulary, mismatch_findings


def call_fits(pattern: Call, call: Call) -> bool:
    """Return True if a call matches a pattern, in which ``_`` stands for any argument."""
    same_length = len(pattern.arguments) == len(call.arguments)
    pairs = zip(pattern.arguments, call.arguments, strict=False)
    return pattern.name == call.name and same_length and all(a in ("_", b) for a, b in pairs)


def call_findings(
    call: Call,
    domain: Domain,
    vocabulary: Vocabulary,
    *,
    skills: Collection[str] = (),
    span: Span | None = None,
) -> Iterator[Finding]:
    """Yield what is wrong with the name and the arguments of a call, or of a pattern of calls.

    Args:
        call: The call.
        domain: The action models.
        vocabulary: The objects.
        skills: Names that can be called besides those the domain describes.
        span: Where it is written.
    """
    if call.name not in domain.skills:
        if call.name not in skills:
            hint = near(call.name, (*domain.skills, *skills), what="known skills")
            yield Finding("unknown-skill", f"unknown skill '{call.name}'", span, hint)
        return
    signature = domain.signature(call.name)
    terms = call.arguments
    if len(terms) == len(signature.parameters):
        terms = tuple(
            next(iter(vocabulary.objects(kind)), "_") if term == "_" else term
            for term, (_, kind) in zip(terms, signature.parameters, strict=True)
        )
    mismatches = vocabulary.check_arguments("skill", signature, terms, {})
    yield from mismatch_findings(mismatches, span, str(call))
