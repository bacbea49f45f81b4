"""The networks that can be learned from past campaigns, all adapted to a list in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lookalike.errors import BadInput, NotFound, did_you_mean
from lookalike.methods.adapting import Pace
from lookalike.methods.experts import BY_OWN, Form
from lookalike.pretraining.learning import Recipe

# more rounds and less decay learn the past campaigns by heart; the other networks want less of it
FULL = Recipe(weight_decay=1.0)
ALONE = Form(experts=1, critics=1, hidden=64)

NETWORKS = {
    "metaheac": FULL,
    "mmoe": Recipe(Form(critics=1, gates=BY_OWN, own_towers=True), meta=False),
    # towers of each campaign's own see few of the rounds: with 400 they still learn at the end
    "shared_bottom": Recipe(replace(ALONE, own_towers=True), meta=False, rounds=2_000),
    "mlp_pretrained": Recipe(ALONE, meta=False),
}
# each differs from the full network in what it is named by, and in nothing else
ABLATIONS = {
    "metaheac_without_critics": replace(FULL, form=replace(FULL.form, critics=1)),
    "metaheac_without_experts": replace(FULL, form=replace(FULL.form, experts=1)),
    "metaheac_without_meta": replace(FULL, meta=False),
    "metaheac_without_steps": replace(FULL, pace=Pace(rate=0.0)),
    "metaheac_second_order": replace(FULL, second_order=True),
}
EVERY = NETWORKS | ABLATIONS
USUAL = ("metaheac",)


def recipes(names: Sequence[str]) -> dict[str, Recipe]:
    """Return the recipes of some networks.

    Raises:
        NotFound: There is no network of a name.
        BadInput: None is named.
    """
    if not names:
        raise BadInput("No network was chosen.", f"There are: {', '.join(NETWORKS)}.")
    for name in names:
        if name not in EVERY:
            raise NotFound(f"There is no network {name!r}.", did_you_mean(name, EVERY))
    return {name: EVERY[name] for name in names}
