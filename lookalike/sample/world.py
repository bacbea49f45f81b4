"""Making a sample world, loading it into a workspace, and writing its files."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lookalike import seeds
from lookalike.errors import BadInput
from lookalike.importing import import_table
from lookalike.progress import SILENT, Progress
from lookalike.sample import files, lists, population
from lookalike.sample.names import INTERESTS, item_title
from lookalike.workspace import Workspace, now

SEED = 7
FEWEST = 500


@dataclass(frozen=True, eq=False, slots=True)
class World:
    """A sample world of n users.

    Attributes:
        users: user_id, country, last_active, age_band, device, email; n rows.
        items: item_id, title, category; the items behind seed lists are among them.
        interactions: user_id, item_id, ts; never with an item behind a seed list.
        engagement: user_id, impressions, clicks, ctr, revenue, for 94 % of the users.
        seed_lists: The lists to save, by name: user_id and sometimes spend or clicks.
        file_lists: The two further lists that only the sample files hold.
        campaigns: By list, the ids of the items that its people acted on: two for a union.
        affinity: By list, how well the better of its items suits each user, (n,).
        truth: By list, each user's probability of being drawn into it, (n,).
    """

    users: pa.Table
    items: pa.Table
    interactions: pa.Table
    engagement: pa.Table
    seed_lists: dict[str, pa.Table]
    file_lists: dict[str, pa.Table]
    campaigns: dict[str, tuple[str, ...]]
    affinity: dict[str, NDArray[np.float32]]
    truth: dict[str, NDArray[np.float32]]

    def __repr__(self) -> str:
        return (
            f"World({self.users.num_rows:,} users, {self.items.num_rows:,} items, "
            f"{self.interactions.num_rows:,} interactions, {len(self.seed_lists)} seed lists)"
        )


def generate(seed: int = SEED, users: int = population.FULL, today: dt.date | None = None) -> World:
    """Make a sample world: realistic rather than rigged, the same for the same arguments.

    Args:
        seed: Decides everything but the dates.
        users: How many users; list sizes and the number of items follow it.
        today: The day that `last_active` and `ts` count back from; None is today (UTC).

    Raises:
        BadInput: Fewer than 500 users were asked for.
    """
    if users < FEWEST:
        raise BadInput(
            f"A sample world of {users} users was asked for; it needs at least {FEWEST}.",
            f"The usual one has {population.FULL:,}.",
        )
    # a stream of its own for each part: a change to one leaves the others as they were
    for_people, for_past, for_lists, for_answers, for_facts = np.random.default_rng(seed).spawn(5)
    people = population.people(for_people, users)
    user_ids = np.array([f"u_{number:07d}" for number in for_facts.choice(10**7, users, replace=False)])
    item_ids = np.array([f"i_{number:04d}" for number in range(len(people.main_topic))])
    facts = population.attributes(for_facts, people, np.datetime64(today or now().date()))
    seen = for_facts.random(users) < 0.94

    campaigns = lists.plan(for_lists, people)
    held_out = np.array(sorted({item for campaign in campaigns for item in campaign.items}))
    drawn, affinity, truth = {}, {}, {}
    for campaign in campaigns:
        suits = people.affinity(slice(None), np.array(campaign.items))
        rows, truth[campaign.name] = lists.draw(for_lists, people, campaign, suits)
        best = suits.max(axis=1)
        affinity[campaign.name] = best.astype(np.float32)
        columns = {"user_id": user_ids[rows]}
        if campaign.value:
            columns[campaign.value] = lists.values(for_lists, campaign.value, best[rows])
        drawn[campaign.name] = pa.table(columns)

    who, what = population.interactions(for_past, people, held_out)
    before = 120 * 86_400 * for_past.random(len(who)) ** 2  # seconds; most of the past is recent
    ts = facts["last_active"][who] - before.astype("timedelta64[s]")
    answers = population.engagement(for_answers, people, held_out)
    return World(
        users=pa.table({"user_id": user_ids, **facts, "email": _emails(user_ids)}),
        items=_items(item_ids, people.main_topic),
        interactions=pa.table({"user_id": user_ids[who], "item_id": item_ids[what], "ts": ts}),
        engagement=answers.add_column(0, "user_id", pa.array(user_ids)).filter(pa.array(seen)),
        seed_lists={campaign.name: drawn[campaign.name] for campaign in campaigns[: lists.LISTS]},
        file_lists={name: drawn[name] for name in (lists.GOOD, lists.VALUED)},
        campaigns={one.name: tuple(item_ids[list(one.items)].tolist()) for one in campaigns},
        affinity=affinity,
        truth=truth,
    )


def _emails(user_ids: np.ndarray) -> list[str | None]:
    """Give most users an address at example.com; a fifth has told none."""
    return [f"{name}@example.com" if int(name[2:]) % 5 else None for name in user_ids.tolist()]


def load(workspace: Workspace, world: World, progress: Progress = SILENT) -> None:
    """Import a world into a workspace and save its seed lists; embeddings are learned apart.

    Raises:
        Cancelled: The progress asked for it; what was loaded so far stays.
    """
    for done, kind in enumerate(("users", "items", "interactions", "engagement")):
        progress.at(0.15 * done, f"Loading the sample {kind}")
        part = progress.span(0.15 * done, 0.15 * (done + 1))
        import_table(workspace, kind, [getattr(world, kind)], progress=part)
    for done, (name, table) in enumerate(world.seed_lists.items()):
        progress.at(0.6 + 0.4 * done / len(world.seed_lists), f"Saving the list {name}")
        columns = table.to_pydict()
        seed_file = seeds.from_ids(columns.pop("user_id"), columns)
        seeds.save(workspace, seeds.match(workspace, seed_file, name), replace=True)
    progress.at(1.0, f"Loaded {world.users.num_rows:,} users and {len(world.seed_lists)} lists")


def write_files(folder: Path, world: World) -> None:
    """Write what `sample_data/` holds: seed lists to upload and an experiment to read out."""
    good, valued = world.file_lists[lists.GOOD], world.file_lists[lists.VALUED]
    files.write(folder, world.users["user_id"].to_pylist(), good, valued)


def _items(item_ids: NDArray[np.str_], main_topic: NDArray[np.int64]) -> pa.Table:
    interests = np.array(list(INTERESTS))[main_topic].tolist()
    made = dict.fromkeys(INTERESTS, 0)
    titles = []
    for interest in interests:
        titles.append(item_title(interest, made[interest]))
        made[interest] += 1
    return pa.table({"item_id": item_ids, "title": titles, "category": interests})
