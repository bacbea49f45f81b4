"""The form in which users lie in files for Spark; docs/spark.md describes it for other systems.

A folder with `users/*.parquet`, a line a user, and beside it `about.json` and `moments.json`, which may
be missing:

- row: a number of the user's own, INT;
- user_id: VARCHAR;
- vector: FLOAT[d], all of one length, or its 4 d bytes, little-endian, which are read in a seventh of
  the time;
- eligible: BOOLEAN, whether an audience may hold them; without the column everybody;
- activity: FLOAT, log1p of their number of distinct items; for models that look at it;
- features, values: INT[] and FLOAT[], places in the names of `about.json` and what stands there; for
  models that look at raw features.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lookalike.errors import BadInput

FORMAT = 1
USERS, ABOUT = "users", "about.json"
NEEDED = {"row": ["int"], "user_id": ["string"], "vector": ["array<float>", "binary"]}
OPTIONAL = {
    "eligible": ["boolean"],
    "activity": ["float"],
    "features": ["array<int>"],
    "values": ["array<float>"],
}


@dataclass(frozen=True, slots=True)
class About:
    """What is known of the users in a folder.

    Attributes:
        columns: Of a vector.
        core: How many of the first ones every method looks at.
        features: Names of the raw features, in the order of their places.
        snapshot: The number of their snapshot; None where they came from elsewhere.
        learned: Whether the embeddings were learned here: another snapshot's have other axes.
    """

    columns: int
    core: int
    features: tuple[str, ...] = ()
    snapshot: int | None = None
    learned: bool = False

    def to_text(self) -> str:
        """Return it as `about.json` holds it."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1)

    @classmethod
    def from_text(cls, text: str) -> About:
        """Read what `to_text` wrote.

        Raises:
            BadInput: It is something else.
        """
        try:
            given: Mapping[str, Any] = json.loads(text)
            if given["format"] != FORMAT:
                raise ValueError(f"format {given['format']}")
            return cls(
                int(given["columns"]),
                int(given["core"]),
                tuple(given["features"]),
                given["snapshot"],
                bool(given["learned"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput(
                f"{ABOUT} beside the users is not what `export-users` writes.",
                "Export them again, or take the file away if the models look at vectors alone.",
            ) from error
