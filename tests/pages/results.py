"""Results of tests to upload, and what the Experiment page makes of them."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pandas as pd

from lookalike.workspace import Workspace
from tests.unit.experiment.data import generated

OPTIONS = "Columns, metrics and split"


def two_halves() -> pd.DataFrame:
    """Two halves of 200 users, one of which clicks far more."""
    found = generated(400, {"control": 0.5, "bold": 0.5}, {"bold": 1.5})
    found["variant"] = ["control", "bold"] * 200
    return found


def as_csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


def as_workbook(frame: pd.DataFrame) -> bytes:
    book = openpyxl.Workbook()
    for row in (list(frame), *frame.astype(object).to_numpy().tolist()):
        book.active.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def uploaded(app, name: str, content: bytes):
    """Upload a file, in the place of the one before."""
    uploader = app.file_uploader(key="results file")
    uploader.clear()
    return run(uploader.upload(name, content), app)


def run(element, app):
    """Run the page after a change, which must not fail."""
    element.run()
    assert not app.exception, app.exception[0].message
    return app


def field(app, kind: str, label: str):
    """The widget of that kind with that label, or whose label begins so."""
    named = [one for one in app.get(kind) if one.label.startswith(label)]
    (found,) = [one for one in named if one.label == label] or named
    return found


def chosen(app, label: str, value: object):
    return run(field(app, "selectbox", label).select(value), app)


def verdict(app) -> str:
    (said,) = [one.value for one in app.markdown if one.value.startswith("## ")]
    return said


def metrics(app) -> pd.DataFrame:
    """The table of lifts."""
    return next(one.value for one in app.dataframe if "Lift" in one.value)


def drawn(app) -> list[str]:
    """The labels and texts of the page, from the top down."""
    return [str(getattr(one, "label", "") or getattr(one, "value", "")) for one in app.main]


def titles(app) -> list[str]:
    parts = [one.value.removeprefix("### ") for one in app.markdown if one.value.startswith("### ")]
    return [*(one.value for one in app.header), *parts]


def labels(app, kind: str) -> list[str]:
    return [one.label for one in app.get(kind)]


def kept(folder: Path) -> int:
    with Workspace.open(folder).cursor() as cursor:
        return cursor.execute("SELECT count(*) FROM experiments").fetchone()[0]


def link(app) -> str:
    return app.query_params["readout"]
