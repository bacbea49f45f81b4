"""Is the list clean? Groups of seeds that may not belong, and what leaving each out would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lookalike.advice.arms import Arm, Tried, all_but_held, differences, verdict
from lookalike.advice.distinctiveness import directions
from lookalike.advice.neighbours import copies, outliers
from lookalike.advice.segments import groups_of
from lookalike.advice.themes import Facts, themes
from lookalike.pool import Pool
from lookalike.seeds import MatchReport, SeedList

USERS = 1_000  # random users that the seeds are held against
LEAST = 3  # seeds that must remain
POINTS = 100
ABOUT = {
    "outliers": "less like the rest of the list than the usual user",
    "copies": "with the same actions as another seed, item by item",
    "inactive": "not active lately",
}


@dataclass(frozen=True, eq=False, slots=True)
class Group:
    """Some seeds of a list.

    Attributes:
        key: "outliers", "copies", "inactive", or "group 1", "group 2", … from the largest.
        member: Who is in it, shape (P,).
        themes: What it has more of than the other seeds, see `themes.themes`.
    """

    key: str
    member: NDArray[np.bool_]
    themes: list[dict[str, Any]]


def groups(
    pool: Pool, positives: NDArray[np.int64], facts: Facts, rng: np.random.Generator
) -> list[Group]:
    """Find the groups of a list that hold anybody; its sub-segments only where there are several.

    Args:
        pool: The users.
        positives: Positions of the seeds, ascending int64, shape (P,), P at least 3.
        facts: What is known of the seeds.
        rng: Draws whom the seeds are held against.
    """
    outside = np.setdiff1d(pool.eligible, positives, assume_unique=True)
    if len(outside) > USERS:
        outside = np.sort(rng.choice(outside, USERS, replace=False))
    rows = directions(pool, positives)
    alone, fellows = outliers(rows, directions(pool, outside), rng)
    members = {
        "outliers": alone,
        "copies": copies(facts.items, fellows),
        "inactive": ~np.isin(positives, pool.eligible),
    }
    label = groups_of(rows, rng)
    if label.any():
        members |= {f"group {one + 1}": label == one for one in range(int(label.max()) + 1)}
    return [
        Group(key, member, themes(facts, member) if key != "copies" else [])
        for key, member in members.items()
        if member.any()
    ]


def group_arms(
    found: Sequence[Group], fold_of: NDArray[np.int64], weights: NDArray[np.float64]
) -> dict[str, Arm]:
    """Return the ways to train without each group, by its key; none that leaves too few seeds."""
    every = all_but_held(fold_of)
    held = fold_of >= 0
    return {
        group.key: Arm(every & ~group.member, weights)
        for group in found
        if (every & ~group.member).sum(axis=1).min() >= LEAST and (held & ~group.member).any()
    }


def hygiene(tried: Tried, whole: str, found: Sequence[Group]) -> list[dict[str, Any]]:
    """Tell each group and what training without it finds more among the other seeds.

    Args:
        tried: What was found by the ways of `group_arms` and by the whole list.
        whole: The name under which all seeds trained.
        found: The groups.

    Returns:
        For each group: key, about, seeds, share, themes and effect: difference, low, high, p,
        p_holm, verdict, paired over the held-out seeds that are not in the group; None where that
        cannot be tried.
    """
    able = [group for group in found if group.key in tried.found]
    gaps = []
    for group in able:
        stays = ~group.member[tried.places]
        gaps.append((tried.found[group.key] - tried.found[whole])[stays])
    effects = {
        group.key: {**row, "verdict": verdict(row)}
        for group, row in zip(able, differences(gaps), strict=True)
    }
    return [
        {
            "key": group.key,
            "about": ABOUT.get(group.key, "who are alike"),
            "seeds": int(group.member.sum()),
            "share": float(group.member.mean()),
            "themes": group.themes,
            "effect": effects.get(group.key),
        }
        for group in found
    ]


def hygiene_sentence(rows: Sequence[Mapping[str, Any]]) -> str:
    """Say whether anything should be left out, and whether the list is one group."""
    segments = [row for row in rows if row["key"].startswith("group")]
    said = f"The list falls into {len(segments)} groups." if segments else "The list is one group."
    helps = [row for row in rows if row["effect"] and row["effect"]["verdict"] == "better"]
    if sum(row in segments for row in helps) > 1:
        return (
            f"{said} They get in each other's way: without one, more of the others are found. "
            "Consider a list for each."
        )
    if helps:
        best = max(helps, key=lambda row: row["effect"]["difference"])
        gain = POINTS * best["effect"]["difference"]
        return (
            f"{said} Leaving out {title(best['key']).lower()} helps: {gain:.1f} points more of the "
            "other seeds are found."
        )
    if not rows:
        return f"{said} Nobody stands out."
    return f"{said} Nothing is clearly gained by leaving anybody out."


def effect_sentence(effect: Mapping[str, Any] | None) -> str:
    """Say what leaving a group out does."""
    if effect is None:
        return "Too few seeds would remain to try the list without them."
    bounds = f"({POINTS * effect['low']:+.1f} to {POINTS * effect['high']:+.1f})"
    size = f"{POINTS * effect['difference']:+.1f} points {bounds}"
    return {
        "better": f"Without them more of the other seeds are found: {size}.",
        "worse": f"Without them fewer of the other seeds are found: {size}. Keep them.",
        "same": f"Without them the other seeds are found about as well: {size}.",
    }[effect["verdict"]]


def group_line(row: Mapping[str, Any]) -> str:
    """Describe a group in a line: how large it is, what it is about, and the effect."""
    about = ", ".join(one["name"] for one in row["themes"])
    more = f", with more of: {about}" if about else ""
    size = f"{row['seeds']:,} ({POINTS * row['share']:.1f} %)"
    return f"{title(row['key'])}: {size} {row['about']}{more}. {effect_sentence(row['effect'])}"


def title(key: str) -> str:
    """Name a group for people."""
    names = {"outliers": "Outliers", "copies": "Copies", "inactive": "Inactive seeds"}
    return names.get(key, key.capitalize())


def remaining(seed_list: SeedList, staying: NDArray[np.bool_], name: str) -> SeedList:
    """Return the list of those who stay, shape (P,), under another name."""
    count = int(staying.sum())
    values = {label: column[staying] for label, column in seed_list.values.items()}
    report = MatchReport(count, count, 0, 0, 0, 0)
    times = None if seed_list.times is None else seed_list.times[staying]
    return SeedList(name, seed_list.rows[staying], values, report, times)
