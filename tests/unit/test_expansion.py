"""The use case "expand" from end to end, on communities whose members are known."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lookalike import expansion, runs, training
from lookalike.errors import BadInput, Cancelled, NotFound
from lookalike.evaluation import GRID, SIZES
from lookalike.expansion import Spec, ask, carry_out, load
from lookalike.importing import snapshots
from lookalike.methods import METHODS, logistic
from lookalike.progress import Progress
from lookalike.settings import Settings
from lookalike.workspace import Workspace

from .worlds import LEAK, add_users, add_vectors, communities, memory_pool, save_list


@pytest.fixture(scope="module", autouse=True)
def _quick():
    """Few strengths to choose from, and one baseline that needs no fitting."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logistic, "GRID", (0.003, 0.03))
        patch.setattr(expansion, "BESIDE", ("centroid", "activity"))
        yield


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("communities")
    rows = communities(folder)
    with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
        yield SimpleNamespace(workspace=workspace, **rows)


def _expand(world, name="fans", **choices):
    choices = {"splits": 2, "method": "centroid", "leave_out": ("item:" + LEAK,), **choices}
    return carry_out(world.workspace, ask(world.workspace, Spec(name, **choices)))


@pytest.fixture(scope="module")
def fans(world):
    """What the default method makes of 40 fans of community 1."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expansion, "BESIDE", ("logistic", "centroid", "activity"))
        return _expand(world, method="mlp", splits=4)


def _audience(run, size, tmp_path):
    path = tmp_path / "audience.csv"
    digest = run.audience(size).to_csv(path)
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()
    with path.open(newline="") as handle:
        return [int(line["user_id"][1:]) for line in csv.DictReader(handle)]


def test_the_audience_is_of_the_seeds_community(world, fans, tmp_path):
    there = _audience(fans, 60, tmp_path)
    assert len(there) == len(set(there)) == 60
    assert np.mean(world.community[there] == 1) > 0.9


def test_the_audience_holds_neither_seeds_nor_the_inactive(world, fans, tmp_path):
    seeds, inactive = set(world.fans), set(np.flatnonzero(world.inactive))
    eligible = set(range(480)) - inactive
    everybody = _audience(fans, 1.0, tmp_path)
    assert set(everybody) == eligible - seeds
    assert len(everybody) == len(set(everybody)) == len(fans.ranking)
    assert fans.ranking.eligible == len(eligible) == 448
    assert fans.audience(0.1).rows == 44
    assert fans.audience(44).threshold == pytest.approx(fans.ranking.candidates["score"][43])


def test_the_evidence_is_better_than_random_and_complete(world, fans):
    evidence = fans.evidence
    assert evidence["k"] == list(GRID)
    assert evidence["auc"] > 0.9
    assert evidence["recall"] == sorted(evidence["recall"])
    for low, recall, high in zip(evidence["low"], evidence["recall"], evidence["high"], strict=True):
        assert 0 <= low <= recall <= high <= 1
    assert fans.at(0.1)["recall"] > 0.3  # chance is .1; the community is a quarter of all
    assert fans.at(0.1)["precision"] > 0.7
    metrics = fans.run.metrics
    eligible_seeds = np.setdiff1d(world.fans, np.flatnonzero(world.inactive))
    assert metrics["held_out"] == sum(len(fold) for fold in np.array_split(eligible_seeds, 10)[:4])
    assert metrics["seeds"]["outside_pool"] == 40 - len(eligible_seeds)
    assert (metrics["folds"], metrics["seeds"]["used"], metrics["eligible"]) == (4, 40, 448)
    assert list(metrics["methods"]) == ["mlp", "logistic", "centroid", "activity"]
    assert set(fans.to_frame().method) == set(metrics["methods"])
    assert metrics["methods"]["activity"]["auc"] < 0.7
    assert set(metrics["seconds"]) == {"prepare", "train", "score", "evidence"}


def test_the_training_curve_is_kept(fans, world):
    losses = runs.losses(world.workspace, fans.run.id)
    assert len(losses) == METHODS["mlp"].epochs
    assert losses[-1] < losses[0]


def test_a_finished_run_is_found_again(world, fans):
    found = load(world.workspace, fans.run.id)
    assert found.sentence() == fans.sentence()
    np.testing.assert_array_equal(found.ranking.candidates, fans.ranking.candidates)
    assert found.spec == fans.spec
    assert found.spec.snapshot == fans.spec.snapshot


def test_the_same_spec_gives_the_same_file(world, fans, tmp_path):
    again = carry_out(world.workspace, ask(world.workspace, fans.spec))
    other = _expand(world, method="mlp", splits=1, random_state=1)
    first, second, third = (
        run.audience(100).to_csv(tmp_path / f"{place}.csv")
        for place, run in enumerate((fans, again, other))
    )
    assert first == second != third
    assert again.evidence == fans.evidence  # whichever baselines stand beside


def test_a_sentence_says_how_good_it_is(fans):
    there = fans.at(0.05)
    expected = (
        f"At 5 % of users this finds {100 * there['recall']:.0f} % of held-out seeds "
        f"({100 * there['low']:.0f}–{100 * there['high']:.0f}), "
        f"{there['recall'] / there['chance']:.1f} times random."
    )
    assert fans.sentence() == expected
    assert repr(fans) == f"Expansion('{fans.run.id}', 'fans'): {expected}"
    assert repr(fans.audience(7)) == "Audience(7 users of 'fans')"


def test_a_list_that_is_an_item_is_too_good_until_the_item_is_left_out(world):
    kept = _expand(world, "buyers", method="logistic", leave_out=(), splits=2)
    assert kept.at(0.1)["recall"] > 0.9
    assert any(LEAK in sentence for sentence in kept.run.metrics["leaking"])
    before = snapshots.get(world.workspace).id
    assert snapshots.get(world.workspace, before).how["leave_out"] == []
    without = _expand(world, "buyers", method="logistic", splits=2)
    assert without.at(0.1)["recall"] < 0.4  # chance is .1, of 14 seeds or so
    assert without.run.metrics["leaking"] == []
    used = snapshots.get(world.workspace, without.run.metrics["snapshot"])
    assert used.how["leave_out"] == [LEAK]
    assert used.how["als"] == snapshots.get(world.workspace, before).how["als"] == 8
    with world.workspace.cursor() as cursor:
        sql = f"SELECT count(*) FROM item_embeddings_{used.id} WHERE item_id = ?"
        assert cursor.execute(sql, [LEAK]).fetchone() == (0,)
    # these embeddings serve this choice again, and no other list's
    known = len(snapshots.snapshots(world.workspace))
    assert _expand(world, "buyers").run.metrics["snapshot"] == used.id
    assert _expand(world, "fans", leave_out=()).run.metrics["snapshot"] == before
    assert len(snapshots.snapshots(world.workspace)) == known


def test_weights_by_a_column_of_the_file_shift_the_audience(world):
    equal, spent = (_expand(world, weight=weight) for weight in ((), ("spend",)))
    assert spent.run.metrics["weight"]["label"] == "spend"
    assert equal.run.metrics["weight"]["effective_size"] == pytest.approx(40)
    assert 20 < spent.run.metrics["weight"]["effective_size"] < 40
    assert not np.array_equal(equal.ranking.candidates, spent.ranking.candidates)
    assert (equal.weighted, spent.weighted) == (False, True)


def test_every_size_on_offer_has_numbers_of_its_own(fans):
    assert [fans.at(size)["k"] for size in SIZES] == list(SIZES)


def test_a_number_of_users_is_a_size_like_a_share(fans):
    assert fans.at(0.05)["k"] == 0.05
    assert fans.at(44)["k"] == pytest.approx(44 / 448)
    lower, between, upper = (fans.at(size)["recall"] for size in (0.075, 44, 0.1))
    assert lower <= between <= upper
    assert fans.sentence(44).startswith("At 9.82 % of users")
    with pytest.raises(BadInput, match="You asked for 9,999 users"):
        fans.at(9_999)


def test_the_expected_share_follows_recall_and_the_assumption(fans):
    there = fans.at(0.1)
    assert fans.look_alikes == 40
    assert there["people"] == fans.audience(0.1).rows == 44
    assert there["share"] == pytest.approx(there["recall"] * 40 / 44)
    assert 0 < there["share_low"] <= there["share"] <= there["share_high"] <= 1
    fewer = fans.assuming(10)
    assert fewer.at(0.1)["share"] == pytest.approx(there["recall"] * 10 / 44)
    assert fewer.at(0.1)["recall"] == there["recall"]
    assert fewer.evidence["look_alikes"] == 10
    assert fans.look_alikes == 40
    evidence = fans.evidence
    place = evidence["k"].index(0.1)
    for name in ("share", "share_low", "share_high", "people"):
        assert evidence[name][place] == there[name]
    frame = fans.to_frame()
    assert {"share", "share_low", "share_high", "people"} < set(frame)
    own = frame[frame.method == "mlp"]
    assert own.share.tolist() == evidence["share"]
    shown = fans.table()
    assert shown["Expected look-alikes, %"].tolist() == pytest.approx(
        100 * np.array(evidence["share"]), abs=0.006
    )
    assert fans.share_figure(mark=0.1).data


@pytest.mark.parametrize("number", [0, -5, 10_000])
def test_an_impossible_number_of_look_alikes_is_refused(fans, number):
    with pytest.raises(BadInput, match=rf"{number:,} look-alikes cannot be assumed: there are \d+"):
        fans.assuming(number)


def test_the_assumption_stands_beside_the_expected_share(fans):
    there = fans.at(0.2)
    said = fans.share_sentence(0.2)
    assert f"of these {there['people']:,.0f} people" in said
    assert said.endswith(", if there are as many look-alikes as seeds: 40.")
    twelve = fans.assuming(12).share_sentence(0.2)
    assert twelve.endswith("if there are 12 look-alikes among the other users.")
    every = fans.assuming(400)
    assert every.at(0.2)["share"] == 1
    evidence = fans.evidence
    most = min(
        people / low for people, low in zip(evidence["people"], evidence["low"], strict=True) if low > 0
    )
    assert every.share_sentence(0.2).endswith(f"speak against more than {most:,.0f}.")
    assert "speak against" not in fans.assuming(int(most)).share_sentence(0.2)


def test_chance_is_taken_of_those_who_were_ranked(fans):
    eligible, held, folds = (fans.run.metrics[name] for name in ("eligible", "held_out", "folds"))
    used = fans.run.metrics["seeds"]["used"] - fans.run.metrics["seeds"]["outside_pool"]
    ranked = eligible - used + held / folds  # the seeds of the other folds were trained on
    assert fans.at(0.05)["chance"] == pytest.approx(fans.at(0.05)["k"] * eligible / ranked)


def test_a_better_baseline_is_named(fans, world):
    metrics = {
        "mlp": {"headline": 0.25, "versus": {"difference": 0.0, "low": 0.0, "high": 0.0}},
        "logistic": {"headline": 0.5, "versus": {"difference": 0.25, "low": 0.1, "high": 0.4}},
        "activity": {"headline": 0.1, "versus": {"difference": -0.15, "low": -0.3, "high": 0.0}},
        "centroid": {"headline": 0.3, "versus": {"difference": 0.05, "low": -0.1, "high": 0.2}},
    }

    def run(*names):
        told = runs.Run(
            "r", "expand", "fans", {}, "done", "", fans.run.created, None,
            {"methods": {name: metrics[name] for name in names}},
        )  # fmt: skip
        return expansion.Expansion(
            world.workspace, told, Spec("fans", method="mlp"), fans.ranking, fans.curves
        )

    assert run("mlp").winner() is None
    assert run("mlp", "activity").winner() is None
    every = run("mlp", "centroid", "logistic")
    ahead = every.winner()
    assert ahead[0] == "logistic"
    assert every.winner_sentence(ahead) == (
        "Logistic regression finds more on this list: 50.0 % of held-out seeds against 25.0 %, "
        "averaged over 1, 2, 5 and 10 % of users."
    )
    close = run("mlp", "centroid")
    assert close.winner_sentence(close.winner()).endswith("The difference is within chance.")


@pytest.mark.parametrize("reports", [1, 8, 30])
def test_a_cancel_marks_the_run_and_leaves_no_scores(world, reports):
    heard = []
    run = ask(world.workspace, Spec("fans", splits=2, leave_out=("item:" + LEAK,)))
    with pytest.raises(Cancelled):
        carry_out(world.workspace, run, Progress(heard.append, lambda: len(heard) >= reports))
    assert len(heard) == reports
    assert runs.get(world.workspace, run).status == "cancelled"
    assert not world.workspace.file_in("scores", f"{run}.npy").exists()
    assert runs.losses(world.workspace, run) == []
    with pytest.raises(BadInput, match="not a finished expansion: expand, cancelled"):
        load(world.workspace, run)


def test_a_failure_marks_the_run_with_its_sentence(world, monkeypatch):
    run = ask(world.workspace, Spec("fans", method="centroid"))
    monkeypatch.setattr(
        expansion, "backtest", lambda *_, **__: (_ for _ in ()).throw(BadInput("No luck."))
    )
    with pytest.raises(BadInput, match="No luck"):
        carry_out(world.workspace, run)
    failed = runs.get(world.workspace, run)
    assert (failed.status, failed.message) == ("failed", "No luck.")
    assert not world.workspace.file_in("scores", f"{run}.npy").exists()


def test_progress_goes_forward_to_the_end(world):
    heard = []
    carry_out(world.workspace, ask(world.workspace, Spec("fans", splits=1)), Progress(heard.append))
    shares = [update.fraction for update in heard]
    assert shares == sorted(shares)
    assert 0.9 < shares[-1] <= 1
    epochs = [update.facts["epoch"] for update in heard if "epoch" in update.facts]
    assert epochs == list(range(1, len(epochs) + 1))  # those of the back-test are not among them


@pytest.mark.parametrize(
    ("spec", "kind", "says"),
    [
        (Spec("fan"), NotFound, "Did you mean 'fans'"),
        (Spec("fans", method="mpl"), NotFound, "Did you mean 'mlp'"),
        (Spec("fans", weight=("spent",)), BadInput, "Did you mean 'spend'"),
        (Spec("fans", snapshot=99), NotFound, "no snapshot 99"),
        (Spec("tiny"), BadInput, "The list has 2 ids; at least 3 are needed"),
    ],
)
def test_what_cannot_be_done_is_refused_before_a_run_is_made(world, spec, kind, says):
    before = len(runs.recent(world.workspace, limit=1_000))
    with pytest.raises(kind, match=says):
        ask(world.workspace, spec)
    assert len(runs.recent(world.workspace, limit=1_000)) == before


def test_a_short_list_is_held_out_one_seed_at_a_time(world):
    save_list(world.workspace, "four", world.few[:4])
    found = _expand(world, "four", splits=None)
    assert (found.run.metrics["folds"], found.run.metrics["held_out"]) == (4, 4)


def test_of_a_very_long_list_some_train_and_all_are_kept_out(world, monkeypatch, tmp_path):
    monkeypatch.setattr(training, "MOST_POSITIVES", 15)
    drawn, centroid = [], METHODS["centroid"]

    def spied(pool, positives, weights, rng, progress):
        drawn.append((positives, pool.negatives(positives, 10_000, rng)))
        return centroid.fit(pool, positives, weights, rng, progress)

    monkeypatch.setitem(METHODS, "centroid", replace(centroid, fit=spied))
    found = _expand(world, splits=3)
    assert found.run.metrics["seeds"]["used"] == 15
    assert set(_audience(found, 1.0, tmp_path)).isdisjoint(world.fans)
    (everyone, negatives), *folds = drawn  # every user has a vector: a position is a row
    assert len(everyone) == 15
    assert set(negatives).isdisjoint(world.fans)
    # in a back-test the held-out seeds are among the negatives, and no others of the list
    eligible = np.setdiff1d(everyone, np.flatnonzero(world.inactive))
    held = [set(everyone) - set(training) for training, _ in folds]
    assert len(held) == 3
    for hidden, (_, others) in zip(held, folds, strict=True):
        assert hidden
        assert set(others) & set(world.fans) == hidden <= set(eligible)
    ranked = 448 - len(set(world.fans) - set(np.flatnonzero(world.inactive)))
    assert found.run.metrics["ranked"] == pytest.approx(ranked + np.mean([len(one) for one in held]))


def test_imported_embeddings_alone_are_enough(workspace):
    rng = np.random.default_rng(0)
    side = np.arange(200) % 2
    add_users(workspace, [f"u{row}" for row in range(200)])
    add_vectors(workspace, np.column_stack([6 * side, side]) + rng.normal(size=(200, 2)))
    save_list(workspace, "odd", np.arange(1, 60, 2))
    found = carry_out(workspace, ask(workspace, Spec("odd", method="centroid")))
    assert found.methods() == ["centroid"]  # nothing that the baselines could look at
    best = found.ranking.candidates["row"][:60]
    assert np.mean(best % 2) > 0.95


@pytest.mark.parametrize("method", ["ridge_raw", "logistic", "blend", "activity"])
def test_a_method_to_which_all_users_are_the_same_is_refused(workspace, method):
    add_users(workspace, [f"u{row}" for row in range(20)])
    add_vectors(workspace, np.random.default_rng(0).normal(size=(20, 2)))
    save_list(workspace, "some", np.arange(5))
    with pytest.raises(BadInput, match="has nothing to look at"):
        carry_out(workspace, ask(workspace, Spec("some", method=method)))


def test_past_lists_of_other_views_are_not_said_to_have_been_learned_from():
    pool = memory_pool(np.random.default_rng(0).normal(size=(60, 2)), sparse=np.zeros((60, 0)))
    pool.__dict__["activity"] = np.zeros(60, np.float32)
    other = type("Known", (), {"views": ("ridge als", "near"), "hats": {}, "__len__": lambda _: 5})()
    known = replace(pool, past=other)
    known.__dict__.update(activity=pool.activity, features=pool.features)
    scorer = METHODS["auto_quick"].fit(
        known, np.arange(9), np.ones(9), np.random.default_rng(0), Progress()
    )
    assert training.blended(scorer)["past_lists"] == 0


def test_seeds_without_vectors_are_named(workspace):
    add_users(workspace, [f"u{row}" for row in range(20)])
    add_vectors(workspace, np.random.default_rng(0).normal(size=(10, 2)))
    save_list(workspace, "outside", np.arange(8, 18))
    run = ask(workspace, Spec("outside", method="centroid"))
    with pytest.raises(BadInput, match="Only 2 of the 10 matched seeds have an embedding"):
        carry_out(workspace, run)
    assert "Only 2 of the 10" in runs.get(workspace, run).message


def test_a_list_of_everybody_is_refused(workspace):
    add_users(workspace, [f"u{row}" for row in range(20)])
    add_vectors(workspace, np.random.default_rng(0).normal(size=(20, 2)))
    save_list(workspace, "all", np.arange(20))
    for method in ("mlp", "centroid", "auto", "auto_quick", "lsh"):
        run = ask(workspace, Spec("all", method=method))
        with pytest.raises(BadInput, match="Every eligible user is on the seed list"):
            carry_out(workspace, run)
        assert runs.get(workspace, run).status == "failed"
