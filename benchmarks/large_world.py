"""Made-up users by the million, as Parquet: communities in a 64-dimensional space, and lists of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DIM = 64
COMMUNITIES = 200
SPREAD = 0.6  # of the communities' middles; their users lie around them with a deviation of 1
ITEMS = 20_000
EACH = 10  # interactions of a user
FAVOURITES = 400  # items that a community likes
LIST_SIZES = {"small": 1_000, "middle": 5_000, "large": 20_000}
LIKED = 4  # communities that a list mostly comes from
COUNTRIES = ("DE", "FR", "US", "GB", "JP", "BR", "IN", "PL")
PLANS = ("free", "basic", "plus", "business")
CHUNK = 100_000
TODAY = np.datetime64("2026-11-01", "us")


def write(
    folder: Path,
    users: int,
    *,
    interactions: bool,
    seed: int = 0,
    sizes: Mapping[str, int] = LIST_SIZES,
) -> None:
    """Write users, embeddings, engagement and lists, and interactions where they are asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    world = _World(rng, sizes)
    lists: dict[str, list[np.ndarray]] = {name: [] for name in sizes}
    files: dict[str, pq.ParquetWriter] = {}
    try:
        for start in range(0, users, CHUNK):
            count = min(CHUNK, users - start)
            ids = np.array([f"u{number:08d}" for number in range(start, start + count)])
            for name, table in world.tables(ids, interactions):
                if name not in files:
                    files[name] = pq.ParquetWriter(folder / f"{name}.parquet", table.schema)
                files[name].write_table(table)
            for name, size in sizes.items():
                wanted = round(size * (start + count) / users) - round(size * start / users)
                lists[name].append(ids[world.members(name, wanted)])
    finally:
        for file in files.values():
            file.close()
    (folder / "lists").mkdir(exist_ok=True)
    for name, parts in lists.items():
        text = "\n".join(["user_id", *np.concatenate(parts).tolist()])
        (folder / "lists" / f"{name}.csv").write_text(text + "\n", "utf-8")


class _World:
    """Where the communities are and what they like; `tables` makes one lot of users after the other."""

    def __init__(self, rng: np.random.Generator, lists: Iterable[str]) -> None:
        self._rng = rng
        self._middles = rng.normal(0, SPREAD, (COMMUNITIES, DIM)).astype(np.float32)
        sizes = 1 / np.arange(1, COMMUNITIES + 1) ** 0.5
        self._sizes = sizes / sizes.sum()
        self._favourites = rng.integers(0, ITEMS, (COMMUNITIES, FAVOURITES))
        self._liked = {name: rng.choice(COMMUNITIES, LIKED, replace=False) for name in lists}
        self._community = np.empty(0, np.int64)

    def tables(self, ids: np.ndarray, interactions: bool) -> Iterator[tuple[str, pa.Table]]:
        """Make a lot of users; give each kind of table that is known of them."""
        rng, count = self._rng, len(ids)
        self._community = rng.choice(COMMUNITIES, count, p=self._sizes)
        ago = (rng.exponential(20, count) * 86_400e6).astype("timedelta64[us]")
        yield (
            "users",
            pa.table(
                {
                    "user_id": ids,
                    "country": _drawn(rng, COUNTRIES, count),
                    "last_active": TODAY - ago,
                    "plan": _drawn(rng, PLANS, count),
                }
            ),
        )
        vectors = self._middles[self._community] + rng.standard_normal((count, DIM), np.float32)
        flat = pa.array(vectors.reshape(-1))
        lists = pa.ListArray.from_arrays(np.arange(0, (count + 1) * DIM, DIM, np.int32), flat)
        yield "embeddings", pa.table({"user_id": ids, "vector": lists})
        impressions = rng.poisson(30, count)
        yield (
            "engagement",
            pa.table(
                {
                    "user_id": ids,
                    "impressions": impressions.astype(np.float64),
                    "clicks": rng.binomial(impressions, 0.02).astype(np.float64),
                    "revenue": rng.gamma(0.3, 10, count).round(2),
                }
            ),
        )
        if interactions:
            who = np.repeat(np.arange(count), EACH)
            liked = self._favourites[self._community[who], rng.integers(0, FAVOURITES, len(who))]
            anything = (ITEMS * rng.random(len(who)) ** 3).astype(np.int64)
            what = np.where(rng.random(len(who)) < 0.6, liked, anything)
            names = pa.array([f"i{number:05d}" for number in range(ITEMS)])
            items = pa.DictionaryArray.from_arrays(pa.array(what.astype(np.int32)), names)
            yield "interactions", pa.table({"user_id": ids[who], "item_id": items.cast(pa.string())})

    def members(self, name: str, count: int) -> np.ndarray:
        """Choose so many of the latest lot: four in five from the communities that the list likes."""
        inside = np.isin(self._community, self._liked[name])
        chance = np.where(inside, 4 / inside.sum(), 1 / (~inside).sum())
        return np.sort(self._rng.choice(len(inside), count, replace=False, p=chance / chance.sum()))


def _drawn(rng: np.random.Generator, values: tuple[str, ...], count: int) -> pa.Array:
    shares = 1 / np.arange(1, len(values) + 1)
    places = rng.choice(len(values), count, p=shares / shares.sum()).astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(places), list(values)).cast(pa.string())
