"""The variants of a file, before anything is compared."""

import pandas as pd
import pytest

from lookalike.errors import BadInput
from lookalike.experiment import choose_control, variants


def test_users_of_each_variant_without_those_in_two():
    frame = pd.DataFrame({"user_id": [1, 1, 2, 3, 4, 4], "group": list("bbbaab"), "revenue": [1.0] * 6})
    assert variants(frame) == {"a": 1, "b": 2}


def test_a_column_that_names_no_variants_is_refused():
    frame = pd.DataFrame({"user_id": range(30), "group": range(30), "revenue": [1.0] * 30})
    with pytest.raises(BadInput, match="'group' names 30 variants; at most 20"):
        variants(frame)


def test_a_long_list_of_variants_is_cut():
    with pytest.raises(BadInput, match=r"found v0, .*, v9, …\. Say"):
        choose_control(dict.fromkeys(f"v{number}" for number in range(11)))
