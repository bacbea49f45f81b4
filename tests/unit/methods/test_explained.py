"""The words of the methods: three sentences and a source each, and none missing."""

from __future__ import annotations

import re

import pytest

from lookalike.methods import METHODS
from lookalike.methods.explained import EXPLAINED

SENTENCE = re.compile(r"[A-Z][^.?!]*\.")


def test_no_method_is_missing():
    assert METHODS.keys() - EXPLAINED.keys() == set()


@pytest.mark.parametrize("name", EXPLAINED)
def test_three_sentences_and_a_source(name):
    words = EXPLAINED[name]
    assert len(words.sentences) == len(set(words.sentences)) == 3
    for sentence in words.sentences:
        assert SENTENCE.fullmatch(sentence), sentence
    # somebody and a year, or our own
    assert re.search(r"(19|20)\d\d", words.source) or words.source.startswith("Ours")
    assert not words.source.endswith(".")


def test_a_line_to_beat_is_recommended_to_nobody():
    for name, method in METHODS.items():
        assert method.reference == ("line to beat" in EXPLAINED[name].when)
        assert not method.reference or EXPLAINED[name].beside
