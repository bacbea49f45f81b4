"""What the views of the default method are called where people read of them."""

from __future__ import annotations

from collections.abc import Mapping

VIEWS = {
    "als": "shared tastes",
    "wide": "shared tastes, in finer detail",
    "smooth": "tastes of users alike",
    "svd": "main themes",
    "near": "closeness to the typical seed",
    "prior": "tastes that go with those of past lists",
    "prototype": "tastes that go with those of past lists",
    "raw": "what they did, item by item",
    "even": "what they did, rarer items first",
    "tfidf": "unusual things in common",
    "network": "the neural network",
}
LEANING = 0.03  # a tilt smaller than that is not worth a word


def view_label(name: str) -> str:
    """Return what a view is called: "ridge als" and "even 30" are known by their first or last word."""
    first, _, rest = name.partition(" ")
    return VIEWS.get(rest if first == "ridge" else first, "the imported embeddings")


def carried_sentence(shares: Mapping[str, float], tilt: float) -> str:
    """Say which views carried a list, largest first, and which way activity tilts it."""
    named: dict[str, float] = {}
    for name, share in shares.items():
        named[view_label(name)] = named.get(view_label(name), 0.0) + share
    first = sorted(named.items(), key=lambda pair: -pair[1])[:3]
    mostly = sum(share for _, share in first) > 0.5
    parts = [f"{label} ({100 * share:.0f} %)" for label, share in first]
    listed = ", ".join(parts[:-1]) + f" and {parts[-1]}" if len(parts) > 1 else parts[0]
    leaning = ""
    if tilt > LEANING:
        leaning = " More active users come up a little."
    elif tilt < -LEANING:
        leaning = " Less active users come up a little, since the views favour the active."
    if mostly:
        return f"This list was carried mostly by {listed}.{leaning}"
    return f"Many views carried this list about alike, first {listed}.{leaning}"


def begun_sentence(past_lists: int, *, attentive: bool, groups: int = 0) -> str:
    """Say what a method that begins with past lists had to begin with, and how seeds counted."""
    if groups:
        said = f"It took the seeds as {groups} groups of users"
        if attentive:
            return f"{said}, and weighed these as {past_lists:,} past lists have taught."
        return f"{said}, which count by their size: no past lists have taught how to weigh them."
    if not past_lists:
        return "There were too few past lists to learn from: this is a plain ridge regression."
    said = f"It began with what {past_lists:,} past lists have in common"
    return f"{said}, and weighed the seeds by how well they go together." if attentive else f"{said}."
