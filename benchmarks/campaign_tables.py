"""The tables of what learning across campaigns comes to: quality by size of list, and costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality import in_words
from lookalike.significance import holm, over_lists, p_values

WHOLE, SMALL = "whole", ("3", "5", "10", "20", "40")
BASE = "mlp"
FEWEST = 5  # campaigns below which a difference is not tested
DRAWS = 10_000

# AUC on small and on large campaigns in tables 2 and 3 of Zhu et al. 2021 (Tencent look-alike)
PAPER = {
    "logistic": (0.5942, 0.6824),
    "one_stage": (0.5928, 0.6910),
    "mlp": (0.6624, 0.7060),
    "lsh": (0.6245, 0.6802),
    "hubble": (0.6797, 0.7085),
    "mlp_pretrained": (0.7117, 0.7082),
    "shared_bottom": (0.6936, 0.7089),
    "mmoe": (0.6977, 0.7088),
    "metaheac": (0.7239, 0.7142),
    "metaheac_without_critics": (0.7199, 0.7115),
    "metaheac_without_experts": (0.7181, 0.7112),
    "metaheac_without_meta": (0.7173, 0.7107),
}


class Figure(NamedTuple):
    """What a method came to on a list: means over the folds."""

    auc: float | None
    precision: float  # P@5 %
    top: float  # R@5 %
    recall: float  # mean at 1, 2, 5 and 10 %
    seconds: float  # of a fit


Figures = dict[tuple[str, str], dict[str, Figure]]  # by setting and method; by list


class Group(NamedTuple):
    """Lists that a table is about, and where the paper has figures of such."""

    title: str
    setting: str
    names: frozenset[str]
    paper: int | None  # 0 small, 1 large


def groups(sizes: Mapping[str, int], threshold: int) -> Iterator[Group]:
    """Give whole lists, small and large, and lists cut down to each size."""
    small = frozenset(name for name, size in sizes.items() if size < threshold)
    yield Group(f"Whole lists of under {threshold:,} seeds", WHOLE, small, 0)
    yield Group(f"Whole lists of {threshold:,} seeds and more", WHOLE, frozenset(sizes) - small, 1)
    for size in SMALL:
        yield Group(f"Lists cut down to {size} seeds", size, frozenset(sizes), None)


def of(found: Figures, group: Group, methods: Sequence[str], field: str) -> NDArray[np.float64]:
    """Return one figure of some methods on those lists that all were tried on, (lists, methods)."""
    held = [found.get((group.setting, method), {}) for method in methods]
    shared = set(group.names)
    for figures in held:
        shared &= {name for name, one in figures.items() if one.auc is not None}
    values = [[getattr(one[name], field) for one in held] for name in sorted(shared)]
    return np.array(values, np.float64).reshape(-1, len(methods))


def tables(
    found: Figures, sizes: Mapping[str, int], threshold: int, methods: Sequence[str]
) -> list[str]:
    """One table a group; each method is compared with the base on the lists that both were tried on."""
    lines = [
        (
            "AUC, P@5 %, R@5 % and mean recall at 1, 2, 5 and 10 % of the users. Differences and "
            f"ratios are to {BASE}, paired over campaigns, with 95 % intervals; p by Holm over the rows "
            "of a table. “Zhu et al.” is the AUC that the paper reports, on other data. A row of fewer "
            "campaigns is of a method for which the time did not suffice, and compared on those."
        ),
        "",
    ]
    for group in groups(sizes, threshold):
        rows = [one for one in methods if len(of(found, group, (one, BASE), "auc"))]
        if rows:
            lines += [*_table(found, group, rows), ""]
    return lines


def _table(found: Figures, group: Group, methods: Sequence[str]) -> list[str]:
    paper = group.paper is not None
    heads = ["method", "campaigns", "AUC", *(["Zhu et al."] if paper else []), f"AUC less {BASE}’s"]
    heads += ["p, Holm", "P@5 %", "R@5 %", "mean recall", f"to {BASE}"]
    areas = {method: of(found, group, (method, BASE), "auc") for method in methods}
    enough = {name: own for name, own in areas.items() if name != BASE and len(own) >= FEWEST}
    known = dict(zip(enough, tested(list(enough.values())), strict=True))
    p_of = holm([known.get(method) for method in methods])
    lines = [f"{group.title}:", "", f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for method, p in zip(methods, p_of, strict=True):
        own = areas[method]
        recall = of(found, group, (method, BASE), "recall")
        cells = [method, f"{len(own)}", f"{own[:, 0].mean():.4f}"]
        if group.paper is not None:
            cells.append(f"{PAPER[method][group.paper]:.4f}" if method in PAPER else "")
        cells += ["", ""] if method == BASE else [gap(own), "" if p is None else f"{p:.4f}"]
        cells += [
            f"{of(found, group, (method, BASE), field)[:, 0].mean():.3f}"
            for field in ("precision", "top", "recall")
        ]
        cells.append("" if method == BASE else in_words(recall[:, 0], recall[:, 1]))
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def tested(pairs: Sequence[NDArray[np.float64]]) -> list[float]:
    """Return p-values of no difference; those over as many campaigns share their resamples."""
    found = np.empty(len(pairs))
    for size in {len(one) for one in pairs}:
        places = [place for place, one in enumerate(pairs) if len(one) == size]
        found[places] = p_values(np.stack([pairs[at][:, 0] - pairs[at][:, 1] for at in places], axis=1))
    return found.tolist()


def gap(pairs: NDArray[np.float64]) -> str:
    """Say by how much the first column exceeds the second, with an interval over the lines."""
    gaps = pairs[:, 0] - pairs[:, 1]
    limits = over_lists(gaps, DRAWS)
    inside = "" if limits is None else f" ({limits[0]:+.4f} to {limits[1]:+.4f})"
    return f"{gaps.mean():+.4f}{inside}"


def costs(found: Figures, sizes: Mapping[str, int], threshold: int, methods: Sequence[str]) -> list[str]:
    """Say what a fit takes, and whether what was meant to be cheap is."""
    held = list(groups(sizes, threshold))
    heads = ["method", *(f"{one.setting} seeds" for one in held[2:]), "whole, small", "whole, large"]
    lines = [
        (
            "Median milliseconds to fit a list, on one core of a machine with other work, what all "
            "lists share being made before:"
        ),
        "",
    ]
    lines += [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    in_order = [*held[2:], *held[:2]]
    for method in methods:
        spent = [of(found, group, (method, BASE), "seconds")[:, 0] for group in in_order]
        cells = [f"{1000 * np.median(own):,.1f}" if len(own) else "" for own in spent]
        lines.append(f"| {method} | {' | '.join(cells)} |")
    for method, base in (("metaheac", BASE), ("prototype", "ridge")):
        cells = []
        for group in in_order:
            own = of(found, group, (method, base), "seconds")
            cells.append(f"{np.median(own[:, 0]) / np.median(own[:, 1]):.2f}" if len(own) else "")
        lines.append(f"| {method} to {base} | {' | '.join(cells)} |")
    return [*lines, ""]


def curves(losses: Mapping[str, Sequence[float]], paces: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Say how the networks' losses fell while they were learned, and how they are adapted."""
    lines = [
        (
            "Loss of the general models, mean of each quarter of their rounds, and the pace of their "
            "adaptation (networks that do not learn to be adapted choose theirs on campaigns that they "
            "have not seen):"
        ),
        "",
    ]
    names = list(next(iter(paces.values())))
    lines += [f"| network | first | second | third | last | {' | '.join(names)} |"]
    lines += ["|---" * (5 + len(names)) + "|"]
    for network, values in losses.items():
        quarters = [f"{part.mean():.4f}" for part in np.array_split(np.asarray(values), 4)]
        steps = [f"{paces[network][name]:g}" for name in names]
        lines.append(f"| {network} | {' | '.join([*quarters, *steps])} |")
    return [*lines, ""]
