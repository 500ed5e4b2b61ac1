"""Pruned WordNet: the things of a home with their kinds, and the words of English.

    python -m benchmarks.prune_wordnet DICT_FOLDER

`DICT_FOLDER` holds the database files of WordNet 3.1 (``data.noun``, ``index.verb`` and so on). It
writes `kinds.txt.gz`, `verbs.txt.gz` and `english.txt.gz` beside the modules that read them.

``kinds.txt.gz``: a line ``NUMBER PARENT,PARENT`` for each synset of things, and a line
``= lemma NUMBER,NUMBER`` for each lemma, its most frequent senses first.
Lemmas are in the order of their bytes.
``verbs.txt.gz``: the same for verbs.
``english.txt.gz``: one word a line, in lower case; ``v`` after it if it can be a verb.
"""

from __future__ import annotations

import argparse
import gzip
from collections.abc import Iterator
from pathlib import Path

OUT = Path(__file__).parents[1] / "treehand" / "planners" / "reading" / "words"
THINGS = {"05", "06", "08", "13", "17", "20", "27", "03"}
"""Lexicographer files: animal, artifact, body, food, object, plant, substance, and the tops."""
WHOLE = {"06", "13"}
"""Those that are kept whole; of the others, lemmas that were seen in tagged text."""
SENSES = 5
"""Most senses of a lemma that are kept."""


def _lines(path: Path) -> Iterator[list[str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("  "):
            yield line.split()


def _synsets(path: Path) -> dict[str, tuple[str, list[str], list[str]]]:
    """Return synset number to its lexicographer file, lemmas and parents."""
    found = {}
    for parts in _lines(path):
        number, file, count = parts[0], parts[1], int(parts[3], 16)
        lemmas = [parts[4 + 2 * i].lower() for i in range(count)]
        at = 4 + 2 * count
        parents = [
            parts[at + 2 + 4 * i]
            for i in range(int(parts[at]))
            if parts[at + 1 + 4 * i] in ("@", "@i")
        ]
        found[number] = (file, lemmas, parents)
    return found


def kinds(folder: Path, part: str) -> list[str]:
    """Return the lines of the things, or of the verbs, and their kinds."""
    synsets = _synsets(folder / f"data.{part}")
    of_lemma: dict[str, list[str]] = {}
    for parts in _lines(folder / f"index.{part}"):
        lemma, pointers = parts[0].lower(), int(parts[3])
        tagged, numbers = int(parts[5 + pointers]), parts[6 + pointers :]
        if lemma.count("_") > 2 or not lemma.replace("_", "").replace("-", "").isalpha():
            continue
        senses = [
            number
            for rank, number in enumerate(numbers)
            if part == "verb"
            or synsets[number][0] in WHOLE
            or (synsets[number][0] in THINGS and rank < tagged)
        ]
        if senses:
            of_lemma[lemma] = senses[:SENSES]
    kept: dict[str, None] = {}
    waiting = [number for senses in of_lemma.values() for number in senses]
    while waiting:
        number = waiting.pop()
        if number not in kept:
            kept[number] = None
            waiting += synsets[number][2]
    short = {number: str(index) for index, number in enumerate(sorted(kept))}
    lines = [f"{n} {','.join(short[p] for p in synsets[number][2])}" for number, n in short.items()]
    lines += [f"= {lemma} {','.join(short[n] for n in ns)}" for lemma, ns in of_lemma.items()]
    return lines


def _is_kept(file: str, *, is_tagged: bool) -> bool:
    return file in WHOLE or (file in THINGS and is_tagged)


def english(folder: Path) -> list[str]:
    """Return the lines of the words of English."""
    words: dict[str, bool] = {}
    for part in ("noun", "adj", "adv", "verb"):
        for parts in _lines(folder / f"index.{part}"):
            lemma = parts[0].lower()
            if lemma.isalpha():
                words[lemma] = words.get(lemma, False) or part == "verb"
    return [f"{word} v" if is_verb else word for word, is_verb in sorted(words.items())]


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    for name, lines in (
        ("kinds", kinds(folder, "noun")),
        ("verbs", kinds(folder, "verb")),
        ("english", english(folder)),
    ):
        path = OUT / f"{name}.txt.gz"
        data = gzip.compress("\n".join(lines).encode(), mtime=0)
        path.write_bytes(data)
        print(f"{path.name}: {len(lines)} lines, {len(data) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
