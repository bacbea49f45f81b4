"""Many lists at once: each gets the audience that it gets alone, and a bad one spoils no other."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike import audience, batch, expansion, one_pass, runs, seeds, tested, training
from lookalike.batch import Spec, passing
from lookalike.cutting import Cut, select
from lookalike.errors import BadInput, Cancelled, NotFound
from lookalike.progress import Progress
from tests.unit.batch.worlds import LISTS, expanded
from tests.unit.worlds import save_list


def _alone(workspace, spec, place):
    run = expansion.ask(workspace, spec.of(place))
    made = training.train(workspace, expansion.Spec.from_json(runs.get(workspace, run).spec))
    ranked = made.ranking
    cut = spec.cut_of(place)
    excluded = [seeds.load(workspace, name).rows for name in cut.exclude]
    return select(ranked, cut, np.unique(np.concatenate([*excluded, np.empty(0, np.int32)])))


@pytest.mark.parametrize("method", ["auto_quick", "random"])
def test_each_list_has_the_audience_that_it_has_alone(workspace, method):
    cut = Cut(size=60, exclude=("few",), holdout=0.2, tiers=(0.05,))
    result = expanded(workspace, Spec(("fans", "buyers", "first"), method=method, cut=cut))
    assert result.failures == {}
    for entry in result.entries:
        found, alone = result.selection(entry.place), _alone(workspace, result.spec, entry.place)
        assert (found.available, found.excluded) == (alone.available, alone.excluded)
        assert found.ends == alone.ends
        assert len(found) == len(alone) == 60
        # the scores are sums of the same numbers in another order
        np.testing.assert_allclose(found.scores, alone.scores, rtol=2e-4, atol=2e-4)
        assert len(np.setxor1d(found.rows, alone.rows)) <= 2
        same = np.intersect1d(found.rows, alone.rows)
        lots = [dict(zip(one.rows, one.holdout, strict=True)) for one in (found, alone)]
        assert [lots[0][row] for row in same] == [lots[1][row] for row in same]


@pytest.mark.parametrize("together", [True, False])
def test_a_network_without_others_of_its_size_is_the_one_of_a_single_expansion(workspace, together):
    result = expanded(workspace, Spec(("fans",), method="mlp", together=together, cut=Cut(size=40)))
    alone = _alone(workspace, result.spec, 0)
    np.testing.assert_allclose(result.selection(0).scores, alone.scores, atol=1e-4)


def test_networks_trained_side_by_side_find_the_same_people(workspace, made):
    result = expanded(workspace, Spec(LISTS, method="mlp", cut=Cut(size=60)))
    community = made[1]["community"]
    for entry, own in zip(result.entries, (1, 2, None, 0, 3), strict=True):
        if own is not None:
            assert np.mean(community[result.selection(entry.place).rows] == own) > 0.9


def test_everybody_above_a_score(workspace):
    whole = expanded(workspace, Spec(("fans", "first"), method="centroid", cut=Cut(size=1.0)))
    least = float(np.sort(whole.selection(0).scores)[-50])
    above = expanded(workspace, Spec(("fans", "first"), method="centroid", cut=Cut(least_score=least)))
    for place in (0, 1):
        scores = whole.selection(place).scores
        assert above.entries[place].facts["rows"] == int(np.sum(scores >= np.float32(least)))
    each = expanded(
        workspace, Spec(("fans", "first"), method="centroid", least_scores=(least, least + 0.1))
    )
    assert each.entries[0].facts["rows"] == above.entries[0].facts["rows"]
    assert each.entries[1].facts["rows"] <= above.entries[1].facts["rows"]


def test_lists_that_cannot_be_expanded_are_named_and_the_others_are(workspace):
    save_list(workspace, "everybody", np.arange(480))
    spec = Spec(
        ("tiny", "fans", "everybody", "few"),
        weight=("spend",),
        method="centroid",
        refused=(("broken.csv", "It is empty."),),
    )
    result = expanded(workspace, spec)
    assert [entry.name for entry in result.done] == ["fans"]
    assert result.failures["tiny"].startswith("The list has 2 ids; at least 3 are needed.")
    assert "spend" in result.failures["few"]
    assert "spend" in result.failures["everybody"]
    assert result.failures["broken.csv"] == "It is empty."
    assert "4 could not be: broken.csv, tiny, everybody, few." in result.sentence()
    result = expanded(workspace, Spec(("everybody", "few"), method="centroid"))
    assert result.failures["everybody"].startswith("Nobody is left") or (
        "Every eligible user" in result.failures["everybody"]
    )
    with pytest.raises(BadInput, match="There is no audience of 'everybody'"):
        result.selection(0)
    result = expanded(workspace, Spec(("few", "fans"), method="centroid", cut=Cut(size=430)))
    assert list(result.failures) == ["fans"]
    assert "You asked for 430 users; 410 are available" in result.failures["fans"]
    result = expanded(workspace, Spec(("few",), method="centroid", cut=Cut(least_score=99.0)))
    assert "Nobody scores 99 or more" in result.failures["few"]


def test_nothing_is_tested_unless_asked_and_that_is_said(workspace):
    result = expanded(workspace, Spec(("fans", "buyers"), method="centroid"))
    assert result.evidence_sentence().startswith("Nothing was tested")
    assert [entry.recall for entry in result.entries] == [None, None]
    result = expanded(workspace, Spec(("fans", "buyers"), method="centroid", splits=2))
    fans, buyers = result.entries
    assert fans.facts["evidence"]["k"] == 0.05
    assert fans.facts["evidence"]["low"] <= fans.recall <= fans.facts["evidence"]["high"]
    assert fans.facts["leaking"] == []
    assert "'leak'" in buyers.facts["leaking"][0]
    assert "Back-tests of 2 lists" in result.evidence_sentence()


def test_a_list_with_too_few_to_hold_out_is_expanded_untested(workspace, made):
    inactive = np.flatnonzero(made[1]["inactive"])
    save_list(workspace, "asleep", inactive[:12])
    (entry,) = expanded(workspace, Spec(("asleep",), method="centroid", splits=1)).entries
    assert entry.recall is None
    assert "can be held out" in entry.facts["untested"]
    assert entry.facts["rows"] > 0


def test_few_best_users_fit_a_pass(workspace, monkeypatch):
    spec = Spec(LISTS, method="ridge", cut=Cut(size=50))
    once = expanded(workspace, spec)
    passes = []
    best = one_pass.best
    monkeypatch.setattr(
        one_pass,
        "best",
        lambda pool, lists, *a, **k: passes.append(len(lists)) or best(pool, lists, *a, **k),
    )
    monkeypatch.setattr(passing, "BYTES", 1)
    parted = expanded(workspace, spec)
    assert passes == [1] * len(LISTS)
    for place in range(len(LISTS)):
        assert np.array_equal(once.selection(place).rows, parted.selection(place).rows)


def test_cancelled_it_keeps_what_is_trained_and_goes_on(workspace, monkeypatch):
    fitted = []
    fit = training.fit
    monkeypatch.setattr(
        training,
        "fit",
        lambda listed, *a, **k: fitted.append(listed.seed_list.name) or fit(listed, *a, **k),
    )
    run = batch.ask(workspace, Spec(LISTS, method="centroid"))
    with pytest.raises(Cancelled):
        batch.carry_out(workspace, run, Progress(cancelled=lambda: len(fitted) == 3))
    assert runs.get(workspace, run).status == "cancelled"
    assert fitted == list(LISTS[:3])
    batch.go_on(workspace, run)
    result = batch.carry_out(workspace, run)
    assert len(result.done) == len(LISTS)
    assert fitted == list(LISTS)


def test_only_a_stopped_run_with_the_same_lists_goes_on(workspace):
    run = batch.ask(workspace, Spec(("fans",), method="centroid"))
    with pytest.raises(BadInput, match="not a run of many lists that stopped: batch, queued"):
        batch.go_on(workspace, run)
    runs.cancel_queued(workspace, run)
    save_list_again(workspace, "fans")
    with pytest.raises(BadInput, match="cannot go on: the list 'fans' has changed"):
        batch.go_on(workspace, run)
    with pytest.raises(NotFound):
        batch.go_on(workspace, "nothing")
    with pytest.raises(BadInput, match="no finished run of many lists: batch, cancelled"):
        batch.load(workspace, run)


def save_list_again(workspace, name):
    seeds.remove(workspace, name)
    save_list(workspace, name, np.arange(130, 150))


def test_a_list_that_changes_meanwhile_fails_alone(workspace):
    run = batch.ask(workspace, Spec(("fans", "few"), method="centroid"))
    with workspace.write() as cursor:
        cursor.execute(
            "DELETE FROM seed_members WHERE row = (SELECT min(row) FROM seed_members WHERE list = "
            "(SELECT id FROM seed_lists WHERE name = 'few'))"
        )
    result = batch.carry_out(workspace, run)
    assert "has changed since this was asked for" in result.failures["few"]


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"lists": ()}, BadInput, "There is no seed list to expand."),
        ({"lists": ("nobody",)}, NotFound, "There is no seed list 'nobody'"),
        ({"method": "magic"}, NotFound, "There is no method 'magic'"),
        ({"template": "metaa"}, NotFound, "meta"),
        ({"only": ("planet=earth",)}, NotFound, "no attribute 'planet'"),
        ({"cut": Cut(exclude=("nobody",))}, NotFound, "There is no seed list 'nobody'"),
        ({"cut": Cut(exclude_audiences=(9,))}, NotFound, "There is no audience 9"),
        ({"snapshot": 9}, NotFound, "There is no snapshot 9"),
    ],
)
def test_what_is_wrong_for_all_is_said_at_once(workspace, options, error, says):
    with pytest.raises(error, match=says):
        batch.ask(workspace, Spec(**{"lists": ("fans",), **options}))
    assert runs.recent(workspace, ["batch"]) == []


def test_a_spec_of_a_list_given_twice_is_refused():
    with pytest.raises(BadInput, match="The list 'a' is given twice"):
        Spec(("a", "b", "a"))
    with pytest.raises(BadInput, match="-1 folds"):
        Spec(("a",), splits=-1)


def test_a_spec_survives_being_kept(workspace):
    spec = Spec(
        LISTS, weight=("spend",), cut=Cut(size=50, exclude=("few",), tiers=(0.01,)),
        refused=(("a.csv", "bad"),), fields={"email": "mail"}, least_scores=(0.1,) * 5,
    )  # fmt: skip
    run = batch.ask(workspace, spec)
    kept = Spec.from_json(runs.get(workspace, run).spec)
    assert kept == batch.asking.fixed(workspace, spec)
    assert kept.differences(batch.asking.fixed(workspace, spec)) == []
    assert audience.exported(workspace) == []
    assert tested.count(workspace, run) == 0
