"""Where the results of a test come from: an upload, a file on the server, a sample."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import session
import streamlit as st

from lookalike import uploads
from lookalike.errors import BadInput

WAYS = ("Upload a file", "A file on the server", "A sample")
FILE, TYPED, TRIED = "results file", "results path", "results sample"
FOLDER = Path(__file__).parent.parent / "sample_data"
SAMPLES = {
    "experiment.parquet": "One row a user: 300,000 users, with the weeks before, segments and scores",
    "experiment_days.parquet": "One row a user and day: 5,000 users who came in over two weeks",
    "experiment_broken.parquet": "A test whose split is broken",
}


@dataclass(frozen=True, slots=True)
class Results:
    """A file that was chosen.

    Attributes:
        name: What people call it.
        key: Another one for every file.
        upload: The uploaded file; None where it lies on the server.
        path: Where it lies on the server.
    """

    name: str
    key: str
    upload: Any = None
    path: Path = Path()

    @contextlib.contextmanager
    def opened(self) -> Iterator[Path]:
        """Give the file for the time of the body; errors call it by its own name."""
        if self.upload is None:
            with uploads.called(self.path, self.name):
                yield self.path
        else:
            content = self.upload.getvalue()
            with uploads.briefly(session.workspace(), self.name, content) as path:
                yield path


def chosen_before() -> bool:
    """Whether this visit has chosen a file."""
    return any(st.session_state.get(key) for key in (FILE, TYPED, TRIED))


def _leave_link() -> None:
    """Forget the readout that the address names: it is of the file before."""
    st.query_params.pop("readout", None)


def ask() -> Results | None:
    """Ask for the file.

    Raises:
        BadInput: What was typed is no path.
    """
    way = st.segmented_control(
        "From", WAYS, default=WAYS[0], required=True, key="results from", on_change=_leave_link
    )
    if way == WAYS[1]:
        return _typed()
    if way == WAYS[2]:
        return _tried()
    file = st.file_uploader(
        "Results of the test (CSV, Parquet or Excel)",
        type=["csv", "tsv", "txt", "parquet", "pq", "xlsx"],
        max_upload_size=session.workspace().settings.upload_mb,
        key=FILE,
        on_change=_leave_link,
    )
    return None if file is None else Results(file.name, file.file_id, file)


def _typed() -> Results | None:
    text = st.text_input(
        "Path on the server",
        placeholder="/data/results.parquet",
        key=TYPED,
        help="For large files.",
        on_change=_leave_link,
    ).strip()
    if not text:
        return None
    try:
        path = Path(text).expanduser()
        if not path.is_absolute():
            raise BadInput(f"{text!r} is not a whole path.", "Begin it with a slash.")
        if not path.is_file():
            raise BadInput(f"There is no file {path}.", "Check the path on the server.")
        return Results(path.name, f"{path} {path.stat().st_mtime_ns}", path=path)
    except (OSError, RuntimeError) as error:  # too long, not ours to look into, ~nobody
        raise BadInput(f"{text!r} cannot be opened.", "Check the path on the server.") from error


def _tried() -> Results | None:
    name = st.selectbox(
        "Sample",
        list(SAMPLES),
        index=None,
        format_func=SAMPLES.__getitem__,
        placeholder="Choose one",
        key=TRIED,
        on_change=_leave_link,
    )
    return None if name is None else Results(name, name, path=FOLDER / name)
