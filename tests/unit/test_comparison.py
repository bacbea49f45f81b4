"""The use case "compare" from end to end."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lookalike import runs, seeds, tested
from lookalike.comparison import Spec, ask, carry_out, go_on, load, so_far
from lookalike.errors import BadInput, Cancelled, NotFound
from lookalike.evaluation import KS
from lookalike.methods import logistic
from lookalike.progress import Progress
from lookalike.settings import Settings
from lookalike.workspace import Workspace

from .worlds import communities, save_list

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


def test_a_list_of_everybody_is_skipped_and_named(world):
    save_list(world.workspace, "all", np.arange(len(world.community)))
    spec = Spec(("all", "fans"), ("centroid", "random"), splits=1)
    found = carry_out(world.workspace, ask(world.workspace, spec))
    assert found.skipped == ["all: every eligible user is on it."]
    assert list(found.metrics["lists"]) == ["fans"]


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
    assert found.spec.snapshot is not None  # the one that was newest when it was asked for
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
    assert findings[-1] == (
        "Too few lists to judge (under 10): 10 to 19 seeds, 20 to 49 seeds, all lists together."
    )


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
    with pytest.raises(BadInput, match="None of the lists could be judged"):
        carry_out(world.workspace, run)
    failed = runs.get(world.workspace, run)
    assert failed.status == "failed"
    assert "tiny: only 2" in failed.message


def test_progress_goes_forward_and_names_the_list(world):
    heard = []
    spec = Spec(("fans", "few"), ("random", "centroid"), splits=2)
    carry_out(world.workspace, ask(world.workspace, spec), Progress(heard.append))
    shares = [update.fraction for update in heard]
    assert shares == sorted(shares)
    assert {"List 1 of 2: fans", "List 2 of 2: few"} <= {update.message for update in heard}


def _stopped_after(world, spec, lists):
    """A comparison that is cancelled once so many lists are through."""
    run, heard = ask(world.workspace, spec), []
    with pytest.raises(Cancelled):
        carry_out(
            world.workspace,
            run,
            Progress(heard.append, lambda: sum("list_done" in u.facts for u in heard) >= lists),
        )
    assert runs.get(world.workspace, run).status == "cancelled"
    return run


def _figures(comparison):
    """Everything that came of a comparison but for how long it took."""
    timed = {"seconds", "fit_seconds", "score_seconds"}
    metrics = {
        name: value for name, value in comparison.metrics.items() if name not in ("stages", "seconds")
    }
    summary = [{key: row[key] for key in row.keys() - timed} for row in comparison.summary]
    return metrics | {"summary": summary, "curves": comparison.curves.to_dict("list")}


@pytest.mark.parametrize("lists", [0, 1, 2, 3])
def test_going_on_after_a_cancel_gives_the_figures_of_work_without_one(world, lists):
    spec = Spec(("fans", "tiny", "few", "buyers"), ("centroid", "random"), splits=2)
    whole = carry_out(world.workspace, ask(world.workspace, spec))
    run = _stopped_after(world, spec, lists)
    assert tested.count(world.workspace, run) == lists
    heard = []
    resumed = carry_out(world.workspace, go_on(world.workspace, run), Progress(heard.append))
    assert (resumed.run.id, resumed.run.status) == (run, "done")
    assert _figures(resumed) == _figures(whole)
    again = [update.facts["seed_list"] for update in heard if "seed_list" in update.facts]
    assert again == list(spec.lists[lists:])
    shares = [update.fraction for update in heard]
    assert shares == sorted(shares)


def test_what_is_through_can_be_seen_before_the_end(world):
    spec = Spec(("tiny", "fans", "few"), ("centroid", "random"), splits=2)
    run = _stopped_after(world, spec, 1)
    assert so_far(world.workspace, run) is None  # of a list that was skipped nothing can be drawn
    run = _stopped_after(world, spec, 2)
    seen = so_far(world.workspace, run)
    assert list(seen.metrics["lists"]) == ["fans"]
    assert seen.skipped == ["tiny: only 2 of its seeds can be held out."]
    whole = carry_out(world.workspace, ask(world.workspace, Spec(("fans",), spec.methods, splits=2)))
    assert seen.points() == whole.points()
    assert seen.panels().keys() == whole.panels().keys()
    with pytest.raises(BadInput, match="not a finished comparison: compare, cancelled"):
        load(world.workspace, run)


def test_a_list_that_is_gone_when_the_work_goes_on_is_named(world):
    save_list(world.workspace, "passing", world.fans[:20])
    spec = Spec(("fans", "passing"), ("random",), splits=1)
    run = _stopped_after(world, spec, 1)
    seeds.remove(world.workspace, "passing")
    found = carry_out(world.workspace, go_on(world.workspace, run))
    assert list(found.metrics["lists"]) == ["fans"]
    assert found.skipped[0].startswith("passing: There is no seed list 'passing'.")


def test_only_a_comparison_that_stopped_goes_on(compared, world):
    with pytest.raises(BadInput, match="not a comparison that stopped: compare, done"):
        go_on(world.workspace, compared.run.id)
    with pytest.raises(NotFound, match="no run 'nope'"):
        go_on(world.workspace, "nope")


def test_lists_drawn_by_chance_are_found_by_chance(world, monkeypatch):
    monkeypatch.setattr(logistic, "GRID", (0.003, 0.03))
    rng = np.random.default_rng(0)
    names = [f"shuffled {number}" for number in range(12)]
    for name in names:
        save_list(world.workspace, name, rng.choice(480, 60, replace=False))
    found = carry_out(
        world.workspace, ask(world.workspace, Spec(tuple(names), ("centroid", "logistic"), splits=2))
    )
    for name in names:
        seeds.remove(world.workspace, name)
    (row,) = (row for row in found.summary if (row["bucket"], row["method"]) == ("all", "centroid"))
    # 12 x 12 held-out seeds; chance finds k * 448 / (448 - 54) at k, .051 on average
    assert row["recall"] == pytest.approx(0.051, abs=0.05)
    assert row["auc"] == pytest.approx(0.5, abs=0.09)
    assert row["p_vs_best_holm"] > 0.05
    assert "Too close to call" in " ".join(found.findings())


def test_seconds_are_kept_by_stage_and_method(compared):
    times = compared.times()
    assert set(times.stage) == {"prepare", "fit", "score"}
    assert set(times[times.stage == "fit"].method) == set(METHODS)
    assert (times.seconds > 0).all()
    assert times.seconds.sum() == pytest.approx(compared.metrics["seconds"])


def test_buckets_may_be_chosen(world):
    spec = Spec(("fans", "few"), ("random",), splits=1, buckets=(20,))
    found = carry_out(world.workspace, ask(world.workspace, spec))
    assert [row["bucket"] for row in found.summary] == ["Under 20 seeds", "20 seeds or more", "all"]
    assert found.spec.buckets == (20,)
    published = Spec(("fans",), ("random",), splits=1, buckets="published")
    found = carry_out(world.workspace, ask(world.workspace, published))
    assert found.summary[0]["bucket"] == "Under 1,000 seeds"


def test_the_latest_seeds_are_held_out_in_a_split_by_time(world):
    early = np.datetime64("2024-01-01", "s")
    times = early + np.arange(40) * np.timedelta64(86_400, "s")
    fans = seeds.load(world.workspace, "fans")
    seeds.save(world.workspace, replace(fans, name="dated", times=times))
    spec = Spec(("dated", "fans"), ("centroid",), split="time")
    found = carry_out(world.workspace, ask(world.workspace, spec))
    seeds.remove(world.workspace, "dated")
    (one,) = found.metrics["lists"]
    assert one == "dated"
    assert {point["split"] for point in found.points()} == {0}
    assert "fans: Only 0 of the seeds" in found.skipped[0]


def test_without_any_time_a_split_by_time_is_refused(world):
    with pytest.raises(BadInput, match="neither the interactions nor a saved list has any"):
        ask(world.workspace, Spec(("fans",), ("random",), split="time"))
    with pytest.raises(BadInput, match="no split 'chance'"):
        ask(world.workspace, Spec(("fans",), ("random",), split="chance"))


def test_the_charts_start_with_what_tells_most(compared):
    assert compared.methods[-1] == "random"
    assert compared.telling == [name for name in compared.methods if name != "random"]
    (panel,) = (
        figure for title, figure in compared.panels(shown=["centroid"]).items() if "All" in title
    )
    assert [trace.name for trace in panel.data if trace.name] == ["Random", "Similarity"]
    drawn = compared.forest()
    assert [trace.name for trace in drawn.data] == ["Similarity"]


def test_first_curves_are_those_of_the_whole(world):
    run = ask(world.workspace, Spec(("fans", "few"), ("centroid", "activity", "random"), splits=2))
    carry_out(world.workspace, run)
    quick, full = (so_far(world.workspace, run, curves_only=given) for given in (True, False))
    assert quick.methods == full.methods
    assert quick.points() == []
    assert list(quick.panels()) == list(full.panels())
    for one, other in zip(quick.panels().values(), full.panels().values(), strict=True):
        assert [list(trace.y) for trace in one.data] == [list(trace.y) for trace in other.data]
    *_, (title, whole) = full.panels().items()
    assert quick.overall() == (title, whole)
