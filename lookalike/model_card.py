"""The model card of an exported audience: one page, for those who have to answer for it.

Its sections follow Mitchell et al. 2019, "Model cards for model reporting".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lookalike import contacts
from lookalike.card_html import facts, items, page, section, table, text, words
from lookalike.evaluation import SIZES
from lookalike.expanded import Expansion
from lookalike.expected_share import LEVEL
from lookalike.methods import METHODS
from lookalike.weighting import EQUAL

# parts of names of attributes that the law protects in many places
PROTECTED = (
    "age", "birth", "caste", "color", "colour", "disability", "dob", "ethnic", "ethnicity", "faith",
    "gender", "genetic", "health", "marital", "nationality", "orientation", "origin", "party",
    "political", "pregnancy", "pregnant", "race", "religion", "sex", "sexuality", "union", "veteran",
)  # fmt: skip
MOST_NAMED = 20
STANDS_FOR = ("city", "country", "state", "zip")  # where people live tells much of who they are
USE = (
    "Do not use this audience to decide on credit, housing, employment, insurance or education, or to "
    "keep people from learning of such offers: whom a list like this one leaves out can be a group "
    "that the law protects."
)
LIMITS = (
    "Held-out seeds that are found say how like the seeds an audience is, not what ads will change.",
    "Only an experiment with a hold-out tells what ads changed.",
    "The list's own bias is kept and may grow: who is missing among the seeds is missing here.",
    "Ranks near the end of the audience are nearly ties; the audience ages as people change.",
)


def card(manifest: Mapping[str, Any], expansion: Expansion) -> str:
    """Return the model card as a page of HTML that needs nothing else and prints well.

    Args:
        manifest: Of the export.
        expansion: The run that it was cut from.
    """
    name = expansion.spec.seed_list
    counts, evidence = manifest.get("counts", {}), manifest.get("evidence", {})
    made = str(manifest.get("made", "")).replace("T", " ").replace("Z", " UTC")
    body = [
        f"<h1>{text(f'Model card: people like {name}')}</h1>",
        words(f"An audience of {counts.get('audience', 0):,} users, made {made}.", "quiet"),
        *section("The list", _list(manifest, expansion)),
        *section("The method", _method(expansion)),
        *section("What it learned from", _data(manifest, expansion)),
        *section("Who could be in it", [_waterfall(manifest.get("pool", ()))]),
        *section("How good it is", _evidence(expansion, evidence)),
        *section("What was chosen", _chosen(manifest, expansion)),
        *section("The files", _files(manifest)),
        *section("Limits", [items(_limits(expansion))]),
        words(USE, "caution"),
        *section("How to make it again", _again(manifest)),
    ]
    return page(f"Model card: {name}", body)


def protected(expansion: Expansion) -> tuple[list[str], list[str]]:
    """Return what the method could see by its name: attributes and features that the law may protect.

    Returns:
        Those, and attributes that tell where people live.
    """
    known = contacts.attributes(expansion.workspace)
    with expansion.workspace.cursor() as cursor:
        features = cursor.execute("SELECT DISTINCT feature FROM features ORDER BY feature").fetchall()
    seen = [name for name in known if name not in contacts.personal(known)]
    left_out = set(expansion.spec.leave_out)
    told = [name for (name,) in features if f"feature:{name}" not in left_out]
    found = [name for name in (*seen, *told) if set(PROTECTED) & set(_parts(name))]
    return found, [name for name in seen if set(STANDS_FOR) & set(_parts(name))]


def _list(manifest: Mapping[str, Any], expansion: Expansion) -> list[str]:
    seeds = expansion.run.metrics["seeds"] | dict(manifest.get("seeds", {}))
    weight = expansion.run.metrics["weight"]
    rows = [
        ("Name", expansion.spec.seed_list),
        ("Lines", seeds.get("rows")),
        ("Matched users", seeds.get("matched")),
        ("Unknown ids", seeds.get("unknown")),
        ("Duplicates", seeds.get("duplicates")),
        ("Learned from", seeds.get("used")),
        ("Of these outside the pool", seeds.get("outside_pool")),
        ("SHA-256 of the list", seeds.get("sha256")),
    ]
    if not set(expansion.spec.weight) - {EQUAL}:
        said = "Every seed counts the same."
    else:
        said = (
            f"Seeds count by {weight['label']}: as much as {weight['effective_size']:,.0f} seeds that "
            f"count the same (Kish). {weight['missing']:,} without a value got the median."
        )
    return [facts(rows), words(said)]


def _method(expansion: Expansion) -> list[str]:
    method = METHODS[expansion.spec.method]
    said = [words(f"{method.label}. {method.about}")]
    carried = expansion.carried()
    if carried:
        said.append(words(carried))
    said.append(
        words(
            "It looks for what the seeds have and others lack, gives every user a score for how much "
            "of that they have, and ranks the users by it. A score is no probability."
        )
    )
    return said


def _data(manifest: Mapping[str, Any], expansion: Expansion) -> list[str]:
    snapshot, held = manifest.get("snapshot", {}), manifest.get("workspace", {})
    named = f"number {snapshot['id']}" if snapshot else None
    if snapshot.get("created"):
        named = f"{named}, {snapshot['kind']}, created {snapshot['created'].replace('T', ' ')}"
    elif named:
        named = f"{named}, removed since"
    rows = [
        ("Embeddings", named),
        ("Dimensions", snapshot.get("dim")),
        ("Users with an embedding", snapshot.get("users")),
        ("Source", snapshot.get("source")),
        *((f"{name.capitalize()} in the workspace", value) for name, value in held.items()),
        ("Left out", ", ".join(expansion.spec.leave_out) or "nothing"),
    ]
    found, standing = protected(expansion)
    said = [
        facts(rows),
        words(
            "Attributes recognised as contact data (names, e-mails, phones, device ids and the like) "
            "were not used."
        ),
    ]
    if found:
        named = ", ".join(found[:MOST_NAMED]) + (", …" if len(found) > MOST_NAMED else "")
        sentence = f"Attributes that may be protected were among what the method could see: {named}."
        said.append(words(sentence, "caution"))
    else:
        said.append(
            words(
                "No attribute with the name of a protected one was among what the method could see. "
                "What people did can stand for such an attribute all the same."
            )
        )
    if standing:
        said.append(words(f"It could see where people live: {', '.join(standing)}."))
    if snapshot.get("kind") == "imported":
        said.append(words("What the imported embeddings were learned from is not known here."))
    return said


def _waterfall(steps: Sequence[Mapping[str, Any]]) -> str:
    if not steps:
        return words("The steps were not counted.")
    rows = []
    for place, step in enumerate(steps):
        what, kind = step.get("what", step.get("step", "")), step.get("kind")
        lost = kind == "loss" if kind else 0 < place < len(steps) - 1
        rows.append((what, f"{'−' if lost and step['users'] else ''}{step['users']:,}"))
    return table(("Step", "Users"), rows)


def _evidence(expansion: Expansion, evidence: Mapping[str, Any]) -> list[str]:
    size = float(evidence.get("k") or 0.05)
    metrics = expansion.run.metrics
    said = [
        words(expansion.sentence(size)),
        words(
            f"Tested by holding out {metrics['held_out']:,} seeds in {metrics['folds']} rounds and "
            "looking how many of them the method, trained on the others, brings back. "
            f"Intervals are 95 %, those of expected look-alikes {100 * LEVEL:g} %."
        ),
    ]
    ahead = expansion.winner()
    if ahead:
        said.append(words(f"A simpler method did better. {expansion.winner_sentence(ahead)}", "caution"))
    frame = expansion.table()
    offered = np.isin(frame.iloc[:, 0].to_numpy().round(6), np.round([100 * k for k in SIZES], 6))
    frame = frame[offered]  # the curve has many more points than anybody reads
    rows = [[f"{cell:,.10g}" for cell in row] for row in frame.to_numpy().tolist()]
    said.append(table([str(column) for column in frame], rows, numbers=True))
    said += [words(leak, "caution") for leak in metrics.get("leaking", ())]
    return said


def _chosen(manifest: Mapping[str, Any], expansion: Expansion) -> list[str]:
    cut, counts, evidence = (manifest.get(part, {}) for part in ("cut", "counts", "evidence"))
    threshold = counts.get("threshold")
    rows = [
        ("Users in the audience", counts.get("audience")),
        ("Share of the eligible users", _percent(evidence.get("k"))),
        ("Lowest score", None if threshold is None else f"{threshold:.6g}"),
        ("Held-out seeds found", _interval(evidence, "recall", "low", "high")),
        ("Found at random", _percent(evidence.get("chance"))),
        ("Expected look-alikes", _interval(evidence, "share", "share_low", "share_high")),
        ("Excluded lists", ", ".join(cut.get("exclude") or ()) or "none"),
        ("Excluded audiences", ", ".join(map(str, cut.get("exclude_audiences") or ())) or "none"),
        ("Tiers", ", ".join(_percent(tier) or "" for tier in cut.get("tiers") or ()) or "none"),
        ("Held out for an experiment", counts.get("holdout")),
    ]
    said = [facts(rows), words(f"Expected look-alikes: {expansion.assumption()}.", "quiet")]
    if manifest.get("caveat"):
        said.append(words(manifest["caveat"], "caution"))
    if counts.get("holdout"):
        said.append(
            words(
                f"{counts['holdout']:,} users ({_percent(cut.get('holdout'))}), drawn by chance, are in "
                "no file for a platform: shown nothing, they tell later what the ads changed."
            )
        )
    return said


def _files(manifest: Mapping[str, Any]) -> list[str]:
    export, left_out = manifest.get("export", {}), manifest.get("counts", {}).get("left_out") or {}
    dated = f", as stated on {export['dated']}" if export.get("dated") else ""
    said = [words(f"Format: {export.get('label', '')}{dated}.")]
    if export.get("source"):
        said.append(words(f"Source: {export['source']}", "quiet"))
    files = [
        (file["name"], f"{file['rows']:,}", f"{file['bytes']:,}", file["sha256"])
        for file in manifest.get("files", ())
    ]
    said.append(table(("File", "Users", "Bytes", "SHA-256"), files))
    if export.get("fields"):
        said.append(words("Contact data came from these attributes of the users:"))
        said.append(facts(list(export["fields"].items())))
    if left_out:
        said.append(words("Users of the audience that are not in the file:"))
        said.append(facts(list(left_out.items())))
    return said


def _limits(expansion: Expansion) -> list[str]:
    assumed = (
        "The share of look-alikes rests on an assumption: seeds alone do not tell how many people like "
        f"them there are. Here it holds {expansion.assumption()}."
    )
    return [assumed, *LIMITS]


def _again(manifest: Mapping[str, Any]) -> list[str]:
    program = [(name, str(version)) for name, version in manifest.get("program", {}).items()]
    return [
        words("With the manifest, on the same workspace:"),
        "<p><code>python -m lookalike replay manifest.json</code></p>",
        facts([("Run", manifest.get("run")), *program]),
    ]


def _parts(name: str) -> list[str]:
    return re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{100 * share:.3g} %"


def _interval(numbers: Mapping[str, Any], middle: str, low: str, high: str) -> str | None:
    if numbers.get(middle) is None:
        return None
    value, least, most = (f"{100 * numbers[one]:.3g}" for one in (middle, low, high))
    return f"{value} % ({least}–{most} %)"
