"""How pages write text and shares."""

from __future__ import annotations

import pytest
import words

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("62.4 % at the least", f"62.4{NBSP}% at the least"),
        ("chance (p < 0.001)", f"chance (p{NBSP}\\<{NBSP}0.001)"),
        ("p = 0.02, Holm", f"p{NBSP}={NBSP}0.02, Holm"),
        ("map = 3 of 5 lists", "map = 3 of 5 lists"),
    ],
)
def test_a_number_is_not_torn_from_its_sign(text, written):
    assert words.plain(text) == written


def test_a_share_stays_on_its_line():
    assert words.percent(0.624) == f"62.4{NBSP}%"


def test_the_cells_of_a_table_have_plain_spaces(ready, visit):
    app = visit("lists")
    app.multiselect(key="several lists").set_value(["few", "tiny"]).run()
    assert app.dataframe[1].value.loc[0, "Of list"] == "16.7 %"
