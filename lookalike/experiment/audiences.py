"""The exported audience that a test was made with: its scores, who was held out, its evidence."""

from __future__ import annotations

from lookalike import audience, expanded
from lookalike.errors import BadInput, NotFound
from lookalike.experiment.further import Audience
from lookalike.workspace import Workspace


def audience_of(workspace: Workspace, number: int) -> Audience:
    """Return an exported audience as a readout needs it.

    Where its run is gone, or was never tested offline, there is no curve.

    Raises:
        NotFound: There is no such audience.
    """
    members = audience.members(workspace, number)
    known = next(one for one in audience.exported(workspace) if one.id == number)
    curve: dict[str, list[float]] = {"k": [], "recall": []}
    size = 1.0
    try:
        run = expanded.load(workspace, known.run)
        evidence = run.evidence
        curve = {"k": list(evidence["k"]), "recall": list(evidence["recall"])}
        size = known.users / run.ranking.eligible
    except (NotFound, BadInput):
        pass
    return Audience(f"{known.name}, {known.created:%Y-%m-%d}", members, curve, size)
