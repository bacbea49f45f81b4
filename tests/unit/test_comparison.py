"""The use case "compare" from end to end."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from lookalike import runs
from lookalike.comparison import Spec, ask, carry_out, load
from lookalike.errors import BadInput, Cancelled, NotFound
from lookalike.evaluation import KS
from lookalike.methods import logistic
from lookalike.progress import Progress
from lookalike.settings import Settings
from lookalike.workspace import Workspace

from .worlds import communities

METHODS = ("centroid", "logistic", "random")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("communities")
    rows = communities(folder)
    with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
        yield SimpleNamespace(workspace=workspace, **rows)


@pytest.fixture(scope="module")
def compared(world):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logistic, "GRID", (0.003, 0.03))
        spec = Spec(("fans", "few", "tiny"), METHODS, splits=2)
        return carry_out(world.workspace, ask(world.workspace, spec))


def test_every_list_method_fold_and_size_is_a_point(compared):
    points = compared.points()
    assert len(points) == 2 * 3 * 2 * len(KS)
    assert {(point["seed_list"], point["n_seeds"]) for point in points} == {("fans", 40), ("few", 12)}
    assert all(0 <= point["recall"] <= 1 for point in points)


def test_a_list_that_is_too_short_is_skipped_and_named(compared):
    assert compared.skipped == ["tiny: only 2 of its seeds can be held out."]
    assert repr(compared) == f"Comparison('{compared.run.id}'): 2 lists x 3 methods"


def test_the_methods_come_out_in_the_right_order(compared):
    overall = {row["method"]: row for row in compared.summary if row["bucket"] == "all"}
    assert set(overall) == set(METHODS)
    assert overall["centroid"]["auc"] > 0.85
    assert overall["logistic"]["auc"] > 0.8
    assert 0.3 < overall["random"]["auc"] < 0.7
    assert overall["centroid"]["recall"] > overall["random"]["recall"]
    assert overall["logistic"]["lift_vs_baseline"] == 1
    # a point's recall is a fold's; a list's is over its folds, of the same size here
    for method in METHODS:
        by_list = [
            [
                point["recall"]
                for point in compared.points()
                if (point["seed_list"], point["method"]) == (name, method)
            ]
            for name in ("fans", "few")
        ]
        means = [sum(recalls) / len(recalls) for recalls in by_list]
        assert overall[method]["recall"] == pytest.approx(sum(means) / 2, abs=0.06)


def test_a_finished_comparison_is_found_again(compared, world):
    found = load(world.workspace, compared.run.id)
    assert found.summary == compared.summary
    assert found.points() == compared.points()
    assert found.spec == compared.spec
    assert len(found.to_frame()) == len(compared.summary)
    assert len(found.table()) == len(compared.summary)


def test_curves_by_bucket_are_means_over_its_lists(compared):
    curves = compared.bucket_curves()
    own = compared.curves[(compared.curves.method == "centroid") & (compared.curves.k == 0.05)]
    there = curves[(curves.method == "centroid") & (curves.k == 0.05)].set_index("bucket")
    assert there.loc["All lists"].recall == pytest.approx(own.recall.mean())
    assert there.loc["All lists"].lists == 2
    by_list = own.set_index("seed_list").recall
    assert there.loc["20 to 49 seeds"].recall == by_list["fans"]
    assert there.loc["10 to 19 seeds"].recall == by_list["few"]


def test_figures_are_drawn_even_of_buckets_with_one_list(compared):
    names = [trace.name for trace in compared.figure().data]
    assert {names.count(name) for name in ("Similarity", "Logistic regression", "Random")} == {3}
    assert list(compared.panels()) != []


def test_the_findings_name_the_best_and_what_cannot_be_judged(compared):
    findings = compared.findings()
    assert "finds most" in findings[0]
    assert findings[-1] == ("Too few lists to judge (under 10): 10 to 19 seeds, 20 to 49 seeds, all.")


def test_one_list_alone_can_be_compared(world):
    found = carry_out(world.workspace, ask(world.workspace, Spec(("few",), ("centroid",), splits=1)))
    assert found.run.title == "few"
    assert {row["low"] for row in found.summary} == {None}
    assert found.figure().data
    assert found.table().shape[0] == 2


@pytest.mark.parametrize(
    ("lists", "methods", "kind", "says"),
    [
        ((), METHODS, BadInput, "no saved seed list to compare"),
        (("fans",), (), BadInput, "No method was chosen"),
        (("fnas",), METHODS, NotFound, "Did you mean 'fans'"),
        (("fans",), ("mpl",), NotFound, "Did you mean 'mlp'"),
    ],
)
def test_what_cannot_be_compared_is_refused_before_a_run_is_made(world, lists, methods, kind, says):
    before = len(runs.recent(world.workspace, limit=1_000))
    with pytest.raises(kind, match=says):
        ask(world.workspace, Spec(lists, methods))
    assert len(runs.recent(world.workspace, limit=1_000)) == before


def test_when_no_list_is_long_enough_the_run_fails_with_the_reason(world):
    run = ask(world.workspace, Spec(("tiny",), ("random",)))
    with pytest.raises(BadInput, match="No list has enough seeds"):
        carry_out(world.workspace, run)
    failed = runs.get(world.workspace, run)
    assert failed.status == "failed"
    assert "tiny: only 2" in failed.message


def test_a_cancel_between_lists_is_heard(world):
    heard = []
    run = ask(world.workspace, Spec(("fans", "few"), ("random",), splits=1))
    with pytest.raises(Cancelled):
        carry_out(
            world.workspace, run,
            Progress(heard.append, lambda: any("List 2" in update.message for update in heard)),
        )  # fmt: skip
    assert runs.get(world.workspace, run).status == "cancelled"
    assert runs.curves(world.workspace, run).empty
    with pytest.raises(BadInput, match="not a finished comparison: compare, cancelled"):
        load(world.workspace, run)


def test_progress_goes_forward_and_names_the_list(world):
    heard = []
    spec = Spec(("fans", "few"), ("random", "centroid"), splits=2)
    carry_out(world.workspace, ask(world.workspace, spec), Progress(heard.append))
    shares = [update.fraction for update in heard]
    assert shares == sorted(shares)
    assert {"List 1 of 2: fans", "List 2 of 2: few"} <= {update.message for update in heard}
