"""Tables of users made from columns, to ask like those of a readout."""

import contextlib
from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd

from lookalike.experiment.rows import Rows, table_rows


@contextlib.contextmanager
def people_of(frame: pd.DataFrame) -> Iterator[Rows]:
    """The columns `variant`, numbers, and text in `segment …`; a user a row."""
    numbers = [name for name in frame if frame[name].dtype.kind in "iufb"]
    typed = frame.astype(dict.fromkeys(numbers, np.float64)).copy()
    typed["user_id"] = np.arange(len(frame)).astype(str)
    with duckdb.connect() as connection:
        connection.register("given", typed)
        texts = [f'CAST("{name}" AS VARCHAR) AS "{name}"' for name in typed if "segment" in name]
        replaced = f"REPLACE ({', '.join(texts)})" if texts else ""
        connection.execute(f"CREATE TABLE people AS SELECT * {replaced} FROM given")
        yield table_rows(connection, "people")
