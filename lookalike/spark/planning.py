"""Which methods can be trained on Spark, and which task trains which lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lookalike.batch.together import WITH_NETWORK, side_by_side
from lookalike.errors import BadInput, LookalikeError, shown
from lookalike.evaluation import LEAST
from lookalike.methods import chosen
from lookalike.spark.reading import Held
from lookalike.spark.seeding import Given

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

MOST_SEEDS = 500_000  # of a task, about: it holds their vectors
MOST_LISTS = 200  # of a task, about: it holds their models
# what can be trained from the users' own lines, and the columns that it looks at beside the vectors
LOOKS_AT = {
    "mlp": (),
    "mlp_published": (),
    "ridge": (),
    "centroid": (),
    "hubble": (),
    "logistic": ("features", "values"),
    "one_stage": ("features", "values"),
    "deepfm": ("features", "values"),
}
BLENDED = (
    "it weighs several views of all users by what worked on past lists, and these are in a workspace"
)
LEARNED = "it begins with what was learned in a workspace"
COUNTED = "it counts how common each feature is among all users"
KNOWN = "its model knows the users that it was trained on, and nobody else"
WHY_NOT = {
    "auto": BLENDED,
    "auto_quick": BLENDED,
    "ridge_prior": LEARNED,
    "prototype": LEARNED,
    "attention": LEARNED,
    "metaheac": LEARNED,
    "mmoe": LEARNED,
    "shared_bottom": LEARNED,
    "mlp_pretrained": LEARNED,
    "metaheac_without_critics": LEARNED,
    "metaheac_without_experts": LEARNED,
    "metaheac_without_meta": LEARNED,
    "metaheac_without_steps": LEARNED,
    "metaheac_second_order": LEARNED,
    "ridge_raw": COUNTED,
    "logistic_tfidf": COUNTED,
    "lsh": KNOWN,
    "blend": KNOWN,
    "activity": "it learns nothing from a list",
    "random": "it learns nothing from a list",
}


def columns_for(method: str) -> list[str]:
    """Return the columns of the users' files that a method is trained on.

    Raises:
        NotFound: There is no such method.
        BadInput: It cannot be trained on Spark.
    """
    (known,) = chosen([method])
    if method not in LOOKS_AT:
        raise BadInput(
            f"The method {known.label!r} cannot be trained on Spark: {WHY_NOT[method]}.",
            f"Train it in a workspace, or one of these here: {', '.join(LOOKS_AT)}.",
        )
    return ["row", "vector", *LOOKS_AT[method]]


def check_columns(method: str, columns: Sequence[str], held: Held) -> None:
    """Refuse users that lack what a method is trained on.

    Raises:
        BadInput: With what is missing.
    """
    missing = [name for name in columns if name not in held.columns]
    if missing or (LOOKS_AT[method] and not held.about.features):
        what = f"no column {missing[0]!r}" if missing else "no raw features"
        raise BadInput(
            f"The method {method!r} looks at raw features, and the users' files have {what}.",
            "Write them with `export-users` from a workspace that has some, or train by another method.",
        )


@dataclass(frozen=True, eq=False, slots=True)
class Plan:
    """Which lists are trained by which task.

    Attributes:
        names: Of the lists that have seeds, in order: the place of a list gives it its chance.
        tasks: For each task its groups of lists, by place.
        failed: Why lists cannot be trained, by name.
    """

    names: Sequence[str]
    tasks: Sequence[Sequence[Sequence[int]]]
    failed: Mapping[str, LookalikeError]

    @property
    def lists(self) -> int:
        """How many are trained."""
        return sum(len(group) for groups in self.tasks for group in groups)


def planned(given: Given, found: DataFrame, method: str, cores: int) -> Plan:
    """Deal the lists out to tasks.

    Raises:
        BadInput: None can be trained.
    """
    ids = dict(map(tuple, given.seeds.groupBy("list").count().collect()))
    sizes = dict(map(tuple, found.groupBy("list").count().collect()))
    names = sorted(sizes)
    failed = {
        name: _too_few(sizes.get(name, 0), ids[name])
        for name in sorted(ids)
        if sizes.get(name, 0) < LEAST
    }
    counts = [sizes[name] for name in names]
    groups = side_by_side(counts) if method in WITH_NETWORK else [[place] for place in range(len(names))]
    trainable = [group for group in groups if names[group[0]] not in failed]
    if not trainable:
        wrong = {**given.refused, **failed}
        if not wrong:
            raise BadInput("There is no seed list.", "Give a folder with a file for each list.")
        name, why = next(iter(wrong.items()))
        raise BadInput(f"No list can be trained on; {shown(name)}: {why.message}", why.hint)
    return Plan(names, dealt_out(trainable, counts, cores), failed)


def dealt_out(
    groups: Sequence[Sequence[int]], sizes: Sequence[int], cores: int
) -> list[list[Sequence[int]]]:
    """Deal groups of lists out: four tasks a core if there are so many, and none of too much.

    Args:
        groups: Lists by place, those of similar size together.
        sizes: Seeds by list.
        cores: Of all executors.
    """
    inside = [place for group in groups for place in group]
    seeds = sum(sizes[place] for place in inside)
    wanted = max(4 * cores, -(-seeds // MOST_SEEDS), -(-len(inside) // MOST_LISTS))
    tasks = min(len(groups), wanted)
    return [list(groups[task::tasks]) for task in range(tasks)]


def _too_few(matched: int, ids: int) -> BadInput:
    found = f"Only {matched:,} of" if matched else "None of"
    return BadInput(
        f"{found} the {ids:,} ids {'are' if matched else 'is a user'} "
        f"{'users ' if matched else ''}in the files; at least {LEAST} are needed.",
        "Check that the ids are written as in the column user_id.",
    )
