"""Sorted lines: every word is found, and no other."""

from hypothesis import given
from hypothesis import strategies as st

from treehand.planners.reading.words.sorted_lines import SortedLines

WORDS = st.text(st.characters(exclude_characters=" \n", exclude_categories=["Cs"]), min_size=1)


@given(st.dictionaries(WORDS, st.text("ab, ", max_size=4)), st.lists(WORDS))
def test_a_word_is_found_if_a_line_begins_with_it(entries, others):
    text = "\n".join(
        f"{word} {entries[word]}" if entries[word] else word
        for word in sorted(entries, key=lambda word: word.encode())
    )
    lines = SortedLines(text.encode())
    for word in (*entries, *others, "a", "zz", ""):
        assert lines.rest_of(word) == entries.get(word), word
