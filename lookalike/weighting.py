"""Sample weights: how much each seed counts in training, by how engaged or valuable it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from lookalike.errors import BadInput, did_you_mean
from lookalike.seeds import SeedList
from lookalike.workspace import Workspace, quoted

EQUAL = "equal"
KINDS = ("count", "rate")
# a million times this is still a number
LARGEST = 1e300
RATE_WORDS = {"probability", "prob", "propensity", "pct", "percent", "percentage", "hdr", "gcr", "cvr"}
RATE_ENDINGS = ("rate", "ratio", "share", "ctr")


@dataclass(frozen=True, eq=False, slots=True)
class Weighting:
    """The weights of a list's seeds.

    Attributes:
        weights: (P,) float64, in the order of the seeds' rows, mean 1.
        missing: Seeds that lacked a value in at least one column and got the column's median.
        negative: Seeds with a value below 0 in at least one column, which counted as 0.
        label: What the weights are made of, for people.
        above_one: Seeds with a rate above 1 in at least one column; used as it is.
    """

    weights: np.ndarray
    missing: int
    negative: int
    label: str
    above_one: int = 0

    @property
    def effective_size(self) -> float:
        """How many equally weighted seeds carry as much information: (sum w)^2 / sum w^2 (Kish 1965)."""
        squares = float(np.square(self.weights).sum())
        return float(self.weights.sum()) ** 2 / squares if squares else 0.0

    def __repr__(self) -> str:
        size = f"{len(self.weights):,} seeds, effective {self.effective_size:,.0f}"
        return f"Weighting({self.label!r}, {size})"


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to weight a list.

    Attributes:
        key: "equal", "file:<column>" or "metric:<name>".
        label: For people.
        source: "file", "workspace" or "".
        kind: "count" (or amount), "rate", or "" for equal weights.
        coverage: The share of the list's seeds that have a value, 0 to 1.
    """

    key: str
    label: str
    source: str
    kind: str
    coverage: float


def metric_kind(name: str, low: float, high: float) -> str:
    """Say whether a column is a "rate" or a "count" (or amount).

    A rate is called one (ctr, open_rate, share, …) and lies within 0 and 1. The values alone do
    not tell: 0.5 may be half a euro.

    Args:
        name: The column's name.
        low: Its smallest value.
        high: Its largest value.
    """
    words = re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
    called = any(word in RATE_WORDS or word.endswith(RATE_ENDINGS) for word in words)
    return "rate" if called and 0 <= low <= high <= 1 else "count"


def transform(values: np.ndarray, kind: str) -> np.ndarray:
    """Return log1p(x) of a count, log1p(1e6 x) of a rate; below 0 counts as 0, NaN stays NaN.

    The transforms of "The machine learning behind delivering relevant ads" (Pinterest 2021).

    Args:
        values: (P,) float64; infinite ones become NaN.
        kind: "count" or "rate".

    Raises:
        BadInput: The kind is neither.
    """
    if kind not in KINDS:
        raise BadInput(
            f"A metric's kind is {kind!r}; it must be count or rate.", did_you_mean(kind, KINDS)
        )
    known = np.where(np.isfinite(values), np.clip(values, 0.0, LARGEST), np.nan)
    scaled: np.ndarray = np.log1p(known * 1e6 if kind == "rate" else known)
    return scaled


def weigh(
    columns: Sequence[tuple[np.ndarray, str]], floor: float = 0.1, label: str = "", size: int = 0
) -> Weighting:
    """Turn engagement into weights: transform, min-max over the list, mean, floor, mean 1.

    Args:
        columns: (P,) float64 values and their kind, one pair a metric; none gives equal weights.
        floor: The least weight before rescaling, 0 to 1: f + (1 - f) w. With 0, the published
            rule, the least engaged seeds drop out silently.
        label: What the weights are made of, for people.
        size: P, where there are no columns to tell it.

    Raises:
        BadInput: The floor is out of range, a kind is unknown, or columns differ in length.
    """
    if not 0 <= floor <= 1:
        raise BadInput(
            f"The least weight is {floor:g}; it must be between 0 and 1.", "The default is 0.1."
        )
    if not columns:
        return Weighting(np.ones(size), 0, 0, label or "Equal weights")
    seeds = len(columns[0][0])
    if any(len(values) != seeds for values, _ in columns):
        raise BadInput("The metrics have different numbers of values.", "Give one value for each seed.")
    missing, negative, above_one = (np.zeros(seeds, dtype=bool) for _ in range(3))
    total = np.zeros(seeds)
    for given, kind in columns:
        values = np.asarray(given, dtype=np.float64)
        scaled = transform(values, kind)
        missing |= np.isnan(scaled)
        negative |= np.isfinite(values) & (values < 0)
        above_one |= (kind == "rate") & np.isfinite(values) & (values > 1)
        total += _unit(scaled)
    weights = floor + (1 - floor) * total / len(columns)
    weights = weights / weights.mean() if seeds else weights
    return Weighting(weights, int(missing.sum()), int(negative.sum()), label, int(above_one.sum()))


def _unit(scaled: np.ndarray) -> np.ndarray:
    """Fill what is missing with the median and bring to [0, 1]; a constant becomes 1."""
    known = scaled[~np.isnan(scaled)]
    if not len(known) or known.min() == known.max():
        return np.ones_like(scaled)
    filled = np.where(np.isnan(scaled), np.median(known), scaled)
    unit: np.ndarray = (filled - known.min()) / (known.max() - known.min())
    return unit


def choices(workspace: Workspace, seed_list: SeedList) -> list[Choice]:
    """List the ways to weight a list: the file's own columns, the workspace's metrics, equal."""
    kinds = _metrics(workspace)
    found = _engagement(workspace, seed_list.rows, list(kinds))
    offered = [
        Choice(
            f"file:{name}", f"{name} (from the file)", "file", _file_kind(name, values), _share(values)
        )
        for name, values in seed_list.values.items()
    ]
    offered += [
        Choice(f"metric:{name}", f"{name} (workspace)", "workspace", kind, _share(found[name]))
        for name, kind in kinds.items()
    ]
    return [*offered, Choice(EQUAL, "Equal weights", "", "", 1.0)]


def weights_for(
    workspace: Workspace, seed_list: SeedList, keys: Sequence[str], floor: float = 0.1
) -> Weighting:
    """Weight a list by the choices of these keys; several are averaged.

    Args:
        workspace: Where the metrics are.
        seed_list: The list.
        keys: As `choices` gives them, or bare names: then the file's column comes before the
            workspace's metric. None, or "equal", gives equal weights.
        floor: See `weigh`.

    Raises:
        BadInput: A key is not on offer, or "equal" stands beside others.
    """
    if not set(keys) - {EQUAL}:
        return weigh([], floor, size=len(seed_list.rows))
    if EQUAL in keys:
        raise BadInput("Equal weights cannot be combined with a metric.", "Choose one or the other.")
    kinds = _metrics(workspace)
    # a name given twice, or once bare and once in full, is still one metric
    chosen = list(dict.fromkeys(_resolved(key, seed_list, kinds) for key in keys))
    found = _engagement(
        workspace, seed_list.rows, [name for source, name in chosen if source == "metric"]
    )
    columns = []
    for source, name in chosen:
        if source == "file":
            values = seed_list.values[name]
            columns.append((values, _file_kind(name, values)))
        else:
            columns.append((found[name], kinds[name]))
    return weigh(columns, floor, label=" and ".join(name for _, name in chosen))


def values_of(workspace: Workspace, seed_list: SeedList, key: str) -> np.ndarray:
    """Return a choice's values as they are, (P,) float64, NaN where a seed has none.

    Raises:
        BadInput: There is no such choice, or it is "equal", which has no values.
    """
    source, name = _resolved(key, seed_list, _metrics(workspace))
    if source == "file":
        return np.asarray(seed_list.values[name], np.float64)
    return _engagement(workspace, seed_list.rows, [name])[name]


def _resolved(key: str, seed_list: SeedList, kinds: dict[str, str]) -> tuple[str, str]:
    for source, names in (("file", seed_list.values), ("metric", kinds)):
        if key in names:
            return source, key
        if key.startswith(f"{source}:") and key.removeprefix(f"{source}:") in names:
            return source, key.removeprefix(f"{source}:")
    raise BadInput(
        f"There is nothing called {key!r} to weight {seed_list.name!r} by.",
        did_you_mean(
            key.removeprefix("file:").removeprefix("metric:"), [*seed_list.values, *kinds, EQUAL]
        ),
    )


def _file_kind(name: str, values: np.ndarray) -> str:
    known = values[np.isfinite(values)]
    return metric_kind(name, known.min(), known.max()) if len(known) else "count"


def _share(values: np.ndarray) -> float:
    return float(np.isfinite(values).mean()) if len(values) else 0.0


def _metrics(workspace: Workspace) -> dict[str, str]:
    with workspace.cursor() as cursor:
        return dict(cursor.execute("SELECT name, kind FROM metrics ORDER BY name").fetchall())


def _engagement(workspace: Workspace, rows: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Fetch (P,) float64 values by metric, NaN where a seed has none."""
    values = {name: np.full(len(rows), np.nan) for name in names}
    if not names:
        return values
    picks = ", ".join(f"CAST({quoted(name)} AS DOUBLE) AS v{i}" for i, name in enumerate(names))
    seeds = pa.table({"place": np.arange(len(rows)), "row": rows})
    with workspace.cursor() as cursor:
        cursor.register("seeds", seeds)
        found = cursor.execute(
            f"SELECT place, {picks} FROM seeds JOIN engagement USING (row)"
        ).to_arrow_table()
    place = found["place"].to_numpy()
    for i, column in enumerate(values.values()):
        column[place] = found[f"v{i}"].to_numpy()
    return values
