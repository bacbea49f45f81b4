"""How learning from past campaigns went, as a curve."""

from __future__ import annotations

from dataclasses import dataclass

import plotly.graph_objects as go

from lookalike import charts, runs
from lookalike.pretraining import learning
from lookalike.pretraining.asking import Spec
from lookalike.pretraining.family import EVERY
from lookalike.workspace import Workspace

HELD_BACK = "Loss on held-back users"
ALL = "Loss on the campaigns' users"  # of networks that learn all they know of a campaign at once
ABOUT = {
    HELD_BACK: "In each round some users of some past campaigns are held back, and looked for from the "
    "others as from the seeds of a new list. The lower, the surer they are found.",
    ALL: "In each round users of some past campaigns are told from others. The lower, the surer.",
}


@dataclass(frozen=True, slots=True)
class Curve:
    """The loss of the first network of a run, the mean of its two halves.

    Attributes:
        losses: One for each `learning.EPOCH` rounds; empty where nothing was learned.
        of: What it is the loss of.
    """

    losses: tuple[float, ...]
    of: str

    def sentence(self) -> str:
        """Say from where to where it fell."""
        return f"{self.of} by round: from {self.losses[0]:.2f} to {self.losses[-1]:.2f}"

    def about(self) -> str:
        """Say what that means."""
        return ABOUT[self.of]

    def figure(self) -> go.Figure:
        """Draw it by round."""
        rounds = len(self.losses) * learning.EPOCH
        return charts.loss_curve(self.losses, rounds, of=self.of, by="Round", each=learning.EPOCH)


def curve(workspace: Workspace, run: str) -> Curve:
    """Return the curve of a run.

    Raises:
        NotFound: There is no such run.
    """
    first = Spec.from_json(runs.get(workspace, run).spec).networks[0]
    of = HELD_BACK if EVERY[first].meta else ALL
    return Curve(tuple(runs.losses(workspace, run)), of)
