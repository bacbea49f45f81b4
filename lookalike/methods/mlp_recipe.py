"""How the network of a seed list is trained."""

from __future__ import annotations

from dataclasses import dataclass

MOST_NEGATIVES = 1_000_000


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the network is trained; the defaults were chosen on public interaction data.

    Attributes:
        hidden: Units of each hidden layer, ReLU.
        unit: Whether users enter as stored vectors of length 1, rather than whitened.
        dropout: Share of hidden units dropped in training.
        epochs: Passes over the sample; fixed, since stopping on a tenth of a small list is noise.
        learning_rate: Of AdamW, which is Adam without a weight decay.
        weight_decay: Of AdamW.
        scale: The columns are multiplied by this before they enter; small, it slows the first
            layer against the next, which generalises better from short lists.
        negatives: Negatives for each positive, at most 1,000,000 in all.
        least_negatives: At least so many in all.
        nets: Networks whose logits are averaged.
        batch: Users of a step; None is an eighth of the sample, at least 256 and at most 4,096.
    """

    hidden: tuple[int, ...] = (64,)
    unit: bool = False
    dropout: float = 0.75
    epochs: int = 14
    learning_rate: float = 3e-3
    weight_decay: float = 0.1
    scale: float = 0.1
    negatives: int = 10
    least_negatives: int = 300
    nets: int = 3
    batch: int | None = None

    def negatives_for(self, positives: int) -> int:
        """Return how many negatives a list of so many positives is trained against."""
        return min(max(self.negatives * positives, self.least_negatives), MOST_NEGATIVES)

    def batch_of(self, lines: int) -> int:
        """Return how many users of a sample of so many lines a step looks at."""
        return self.batch or min(max(lines // 8, 256), 4_096)


DEFAULT = Recipe()

# the classifier as published (Pinterest 2021); how long it is trained was chosen on public data
PUBLISHED = Recipe(
    hidden=(128, 64),
    unit=True,
    dropout=0.0,
    epochs=50,
    learning_rate=1e-3,
    weight_decay=0.0,
    scale=1.0,
    negatives=1,
    least_negatives=1,
    nets=1,
)
