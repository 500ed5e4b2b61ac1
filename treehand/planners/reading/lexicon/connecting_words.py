"""Closed classes of words that join, deny and except."""

from __future__ import annotations

Words = tuple[str, ...]
"""Words of a noun or a phrase."""

DETERMINERS = frozenset(
    "the a an all every each both any some of my our your this that these those".split()  # noqa: SIM905
)
CONNECTORS = frozenset(["and", "then", "also", "but", "plus", ",", ";", "."])
PRONOUNS = frozenset(["it", "them", "they"])
MASS_NOUNS = frozenset(
    [
        "food",
        "crockery",
        "tableware",
        "cookware",
        "rubbish",
        "trash",
        "garbage",
        "litter",
        "waste",
        "clothes",
        "clothing",
        "laundry",
        "furniture",
        "cutlery",
        "silverware",
        "glassware",
        "dishware",
        "produce",
        "stationery",
        "groceries",
        "fruit",
    ]
)
"""Nouns that mean all objects of a type without a plural."""
EXCEPTIONS: tuple[Words, ...] = (
    ("except", "for"),
    ("except",),
    ("but", "not"),
    ("but", "leave"),
    ("but", "do", "not", "touch"),
    ("but", "do", "not", "move"),
    ("apart", "from"),
    ("other", "than"),
    ("without",),
    ("but",),
)
CONTRASTS: tuple[Words, ...] = (
    ("instead", "of"),
    ("rather", "than"),
    ("and", "not"),
    ("but", "not"),
    (",", "not"),
    ("not",),
)
"""Words before what is not meant, after what is."""
NEGATIONS: tuple[Words, ...] = (
    ("do", "not"),
    ("must", "not"),
    ("should", "not"),
    ("can", "not"),
    ("not", "to"),
    ("never",),
    ("avoid",),
    ("refrain", "from"),
    ("without",),
)
"""Words that make the clause after them a prohibition."""
