import dataclasses
import json

import pytest

from lookalike.errors import BadInput
from lookalike.experiment import Spec, mean_metric, own_metric

FULL = Spec(
    control="a",
    planned={"a": 0.5, "b": 0.5},
    columns={"user_id": "member"},
    alpha=0.1,
    preset="content",
    metrics=(
        mean_metric("orders", "orders"),
        own_metric("bounce", "ratio", "bounces", "visits", "down", 0.02),
    ),
    primary="orders",
    segments=("country", "os"),
    all_together=True,
    full=False,
    bootstrap=500,
    rerandomise=100,
    audience="Spring, 2026-03-01",
)


@pytest.mark.parametrize("spec", [FULL, Spec(), Spec(segments=())])
def test_it_comes_back_from_its_json(spec: Spec) -> None:
    text = json.dumps(dataclasses.asdict(spec), allow_nan=False)
    assert Spec.from_json(json.loads(text)) == spec


def test_what_an_older_or_newer_version_wrote_is_read() -> None:
    assert Spec.from_json({}) == Spec()
    assert Spec.from_json({"alpha": 0.1, "colour": "blue", "metrics": None}) == Spec(alpha=0.1)


@pytest.mark.parametrize("alpha", [0, 1, -0.1, 5, float("nan")])
def test_an_alpha_that_is_none_is_refused(alpha: float) -> None:
    with pytest.raises(BadInput, match="it must lie between 0 and 1"):
        Spec(alpha=alpha)


@pytest.mark.parametrize("name", ["bootstrap", "rerandomise"])
@pytest.mark.parametrize("count", [-1, 99, 10_001])
def test_too_few_or_too_many_draws_are_refused(name: str, count: int) -> None:
    with pytest.raises(BadInput, match=f"{name} is {count}; it must be 0 or between 100 and"):
        Spec(**{name: count})


def test_the_limits_themselves_are_accepted() -> None:
    assert Spec(bootstrap=10_000, rerandomise=2_000).bootstrap == 10_000
    assert Spec(bootstrap=100, rerandomise=100).rerandomise == 100
