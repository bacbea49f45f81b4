"""What of Zhu et al. 2021 is found again on these campaigns, and what is not: worked out, not judged.

The paper judges by AUC. Each of its claims is a difference of two rows; ours is paired over campaigns.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy import stats

from benchmarks.campaign_tables import FEWEST, PAPER, SMALL, Figures, Group, gap, groups, of, tested
from lookalike.significance import SURE, holm

CLAIMS = (
    ("A network on raw features, against regression", "one_stage", "logistic"),
    ("Embeddings help a network", "mlp", "one_stage"),
    ("Shared regions fall behind a network on embeddings", "lsh", "mlp"),
    ("Graph propagation and a teacher help", "hubble", "mlp"),
    ("Pre-training helps a network", "mlp_pretrained", "mlp"),
    (
        "A shared layer with towers of each campaign's own, against one network",
        "shared_bottom",
        "mlp_pretrained",
    ),
    ("Experts, against a shared layer", "mmoe", "shared_bottom"),
    ("MetaHeac is ahead of a network for one list", "metaheac", "mlp"),
    ("MetaHeac is ahead of one pre-trained network", "metaheac", "mlp_pretrained"),
    ("MetaHeac is ahead of a shared layer", "metaheac", "shared_bottom"),
    ("MetaHeac is ahead of experts alone", "metaheac", "mmoe"),
    ("Hybrid critics help", "metaheac", "metaheac_without_critics"),
    ("Hybrid experts help", "metaheac", "metaheac_without_experts"),
    ("Meta-learning helps", "metaheac", "metaheac_without_meta"),
)
WORDS = ("on small lists", "on large lists", *(f"at {size} seeds" for size in SMALL))


class Tested(NamedTuple):
    """One claim on one group of lists."""

    group: Group
    words: str
    gap: str
    mean: float
    p: float

    def verdict(self, better: str, worse: str) -> str:
        """Say how it stands to the paper's figure; the cut-down lists are held against small ones."""
        place = self.group.paper or 0
        return in_words(self.mean, PAPER[better][place] - PAPER[worse][place], self.p)


def in_words(ours: float, theirs: float, p: float) -> str:
    """Say whether a difference of the paper is found again."""
    if np.sign(ours) == np.sign(theirs):
        return "reproduced" if p < SURE else "same sign, within chance"
    return "the opposite" if p < SURE else "not reproduced, within chance"


def claims(found: Figures, sizes: Mapping[str, int], threshold: int) -> list[str]:
    """A paragraph for each claim that there are rows for, after one about the order of the rows."""
    held = list(groups(sizes, threshold))
    gaps = {
        (place, number): of(found, group, (better, worse), "auc")
        for place, (_, better, worse) in enumerate(CLAIMS)
        for number, group in enumerate(held)
        if (group.setting, better) in found and (group.setting, worse) in found
    }
    gaps = {key: pairs for key, pairs in gaps.items() if len(pairs) >= FEWEST}
    p_of = holm(tested(list(gaps.values())))
    adjusted = {key: p for key, p in zip(gaps, p_of, strict=True) if p is not None}
    lines = [
        (
            "What of the paper is found again, judged by AUC as the paper does: differences paired over "
            f"campaigns with 95 % intervals, p by Holm over all {len(gaps)} differences below. "
            "“Reproduced”: the paper's sign, beyond chance."
        ),
        "",
    ]
    for group in held:
        lines += _order(found, group)
    lines += [*_by_size(found, held), ""]
    for place, (title, better, worse) in enumerate(CLAIMS):
        mine = []
        for number, group in enumerate(held):
            if (pairs := gaps.get((place, number))) is not None:
                mean = float((pairs[:, 0] - pairs[:, 1]).mean())
                p = adjusted[place, number]
                mine.append(Tested(group, WORDS[number], gap(pairs), mean, p))
        if mine:
            lines += [_paragraph(title, better, worse, mine), ""]
    return lines


def _paragraph(title: str, better: str, worse: str, held: list[Tested]) -> str:
    small, large = (PAPER[better][place] - PAPER[worse][place] for place in (0, 1))
    told = "; ".join(
        f"{one.words} {one.gap}, p {one.p:.4f}: {one.verdict(better, worse)}" for one in held
    )
    by_verdict: dict[str, list[str]] = {}
    for one in held:
        by_verdict.setdefault(one.verdict(better, worse), []).append(one.words)
    summed = "; ".join(f"{verdict} {', '.join(words)}" for verdict, words in by_verdict.items())
    return (
        f"**{title}** ({better} less {worse}). Zhu et al. 2021: {small:+.4f} on small, {large:+.4f} on "
        f"large campaigns. Here: {told}. In short: {summed}."
    )


def _order(found: Figures, group: Group) -> list[str]:
    """Compare the order of the paper's rows with ours, on lists that all rows were tried on."""
    rows = [name for name in PAPER if (group.setting, name) in found and "_without_" not in name]
    areas = of(found, group, rows, "auc")
    if group.paper is None or len(areas) < FEWEST or len(rows) < 3:
        return []
    ours = dict(zip(rows, areas.mean(axis=0).tolist(), strict=True))
    pairs = list(itertools.combinations(rows, 2))
    alike = sum(
        (PAPER[one][group.paper] > PAPER[other][group.paper]) == (ours[one] > ours[other])
        for one, other in pairs
    )
    tau = stats.kendalltau([PAPER[row][group.paper] for row in rows], list(ours.values()))
    told = " > ".join(sorted(rows, key=lambda row: -ours[row]))
    theirs = " > ".join(sorted(rows, key=lambda row: -PAPER[row][group.paper or 0]))
    return [
        (
            f"**Order of the rows**, {group.title[0].lower()}{group.title[1:]}, {len(areas)} campaigns "
            f"that all were tried on. Paper: {theirs}. Here: {told}. {alike} of {len(pairs)} pairs "
            f"stand in the paper's order (Kendall's tau {tau.statistic:+.2f}, p {tau.pvalue:.3f})."
        ),
        "",
    ]


def _by_size(found: Figures, held: list[Group]) -> list[str]:
    """Say whether MetaHeac gains more on small lists than on large ones, as the paper has it."""
    pairs = [of(found, group, ("metaheac", "mlp"), "auc") for group in held[:2]]
    if min(len(one) for one in pairs) < FEWEST:
        return []
    small, large = (one[:, 0] - one[:, 1] for one in pairs)
    test = stats.ttest_ind(small, large, equal_var=False)
    low, high = test.confidence_interval()
    theirs = [PAPER["metaheac"][place] - PAPER["mlp"][place] for place in (0, 1)]
    verdict = in_words(small.mean() - large.mean(), theirs[0] - theirs[1], test.pvalue)
    return [
        (
            "**MetaHeac gains more on small lists than on large ones** (its AUC less mlp's). "
            f"Zhu et al. 2021: {theirs[0]:+.4f} against {theirs[1]:+.4f}. Here: {small.mean():+.4f} "
            f"against {large.mean():+.4f}, difference {small.mean() - large.mean():+.4f} ({low:+.4f} to "
            f"{high:+.4f}, Welch, p {test.pvalue:.4f}): {verdict}."
        )
    ]
