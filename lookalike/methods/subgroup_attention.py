"""Attention over sub-groups of the seeds: of the list as a whole, and as each user looks at them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lookalike.methods.attention import FLOOR, USUAL
from lookalike.methods.episodes import Lists
from lookalike.methods.head_prior import STRAY
from lookalike.methods.subgroups import Subgroups, subgroups
from lookalike.methods.teaching import Score, sides_of, taught_by
from lookalike.pool import Pool
from lookalike.priors import SUBGROUP_PARTS, HeadPrior
from lookalike.progress import SILENT, Progress

SMALL = 0.7  # logarithm of 2 seeds, as many as a sub-group of a short list has
KNOWN = 2.0  # beyond it, in the same logarithm, past lists have hardly any sub-groups to teach by
NEAR, FOCUS = 0.05, 2.0  # where training begins: sub-groups hardly count, users look at the likest


@dataclass(frozen=True, eq=False, slots=True)
class Match:
    """What some lists are like, as linear functions of a user, in the prior's basis.

    A user u of sides x scores x'general + sum_k a_k x'apart_k, where a = softmax(odds + x'keys).

    Attributes:
        general: Of the list as a whole, shape (B, d).
        apart: How each sub-group differs from it, shape (B, K, d).
        keys: By what a user chooses among the sub-groups, shape (B, K, d).
        odds: Logarithm of how much each counts before a user has a say, -inf for none, shape (B, K).
    """

    general: Tensor
    apart: Tensor
    keys: Tensor
    odds: Tensor

    def score(self, sides: Tensor) -> Tensor:
        """Return the lists' scores of users, a list's own or the same for all: shape (B, n).

        Args:
            sides: Shape (n, d) or (B, n, d).
        """
        chosen = (sides @ self.keys.mT + self.odds[:, None]).softmax(dim=2)
        local = (chosen * (sides @ self.apart.mT)).sum(dim=2)
        return (sides @ self.general[..., None])[..., 0] + local


def untaught(prior: HeadPrior) -> NDArray[np.float32]:
    """Return the parts that training begins with."""
    parts = np.zeros((len(SUBGROUP_PARTS), len(prior.gains)), np.float32)
    parts[SUBGROUP_PARTS.index("near")] = NEAR
    parts[SUBGROUP_PARTS.index("focus")] = FOCUS
    return parts


def clustered(prior: HeadPrior, rows: Tensor, weights: Tensor) -> Subgroups:
    """Cut lists into sub-groups along the directions in which past lists differ."""
    gains = torch.from_numpy(prior.gains.astype(np.float32))
    return subgroups(rows, weights, gains / (gains + STRAY))


def match_of(parts: Tensor, prior: HeadPrior, groups: Subgroups) -> Match:
    """Match users with a list as a whole and with its sub-groups (Liu et al. 2019).

    As a whole: sub-groups count by attention among themselves, and what they come to is believed as
    far as the number of seeds and their straying allow, as in `attention.prototypes`. As each user
    looks at them: by softmax of a bilinear form of user and sub-group, whose difference from the
    whole is believed as far as its own number of seeds allows, and counts as past lists taught. The
    paper adds up two cosines; here a user's row is divided by the root of its length, between a
    cosine and a product.

    Args:
        parts: `SUBGROUP_PARTS`, shape (len, d).
        prior: What past lists have in common.
        groups: In the prior's basis.
    """
    likeness, own, level, slope, spread, stretch, shift, near, rise, focus = parts
    gains = torch.from_numpy(prior.gains.astype(np.float32)).clamp(min=1e-6)
    centres, shares = groups.centres, groups.shares
    mean = (shares[..., None] * centres).sum(dim=1)
    fit = (centres @ (mean * likeness + own)[..., None])[..., 0] / len(gains) ** 0.5
    odds = torch.log_softmax(fit + shares.log(), dim=1)
    mean = (odds.exp()[..., None] * centres).sum(dim=1)
    size = groups.seeds.log()
    belief = (gains / STRAY).log() + size
    belief = belief + level + slope * (size - USUAL) + spread * (groups.stray + FLOOR).log()
    general = torch.sigmoid(belief) * mean * stretch.exp() + shift
    unit = float((prior.gains * np.diag(prior.back @ prior.ridge @ prior.back.T)).sum() ** 0.5)
    sizes = (shares * groups.seeds).clamp(min=1e-6).log()[..., None]
    beside = torch.sigmoid((gains / STRAY).log() + sizes) * (centres - mean[:, None])
    apart = (near + rise * (sizes - SMALL).clamp(max=KNOWN)) * beside
    keys = beside * (focus / max(unit, 1e-12))
    return Match(general, apart, keys, odds)


def taught_subgroups(
    pool: Pool,
    prior: HeadPrior,
    lists: Lists,
    rng: np.random.Generator,
    progress: Progress = SILENT,
) -> NDArray[np.float32]:
    """Train both attentions on past lists, see `taught_by`, and return their parts, shape (len, d)."""

    def look(parts: Tensor, rows: Tensor, weights: Tensor) -> Score:
        return match_of(parts, prior, clustered(prior, rows, weights)).score

    sides = sides_of(pool, prior, lists.users)
    saying = "Learning attention over groups of seeds"
    return taught_by(look, untaught(prior), sides, lists, rng, progress, saying)
