"""Which of the variants is the control, and how many there may be."""

import pandas as pd
import pytest

from lookalike.errors import BadInput
from lookalike.experiment import choose_control, readout
from lookalike.experiment.variants import refuse_many


def test_a_column_that_names_no_variants_is_refused():
    frame = pd.DataFrame({"user_id": range(30), "group": range(30), "revenue": [1.0] * 30})
    with pytest.raises(BadInput, match="'group' names more than 20 variants"):
        readout(frame)
    refuse_many(20, "group")


def test_a_long_list_of_variants_is_cut():
    with pytest.raises(BadInput, match=r"found v0, .*, v9 and 1 more\. Say"):
        choose_control(dict.fromkeys(f"v{number}" for number in range(11)))


def test_zero_and_one_are_control_and_treatment():
    assert choose_control({"0": 5, "1": 5}) == "0"
    assert choose_control({"holdout": 5, "audience": 5}) == "holdout"
