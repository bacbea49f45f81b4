from __future__ import annotations

import pandas as pd
import pytest

from lookalike.workspace import Workspace
from tests.pages.conftest import MAIN, texts
from tests.unit.experiment.data import generated

MANY = b"".join(b"%d,v%d,1\n" % (n, n) for n in range(30))
SAMPLE = MAIN.parents[1] / "sample_data" / "experiment.csv"


def uploaded(app, name: str, content: bytes):
    app.file_uploader(key="results file").upload(name, content).run()
    assert not app.exception, app.exception[0].message
    return app


def as_csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


@pytest.fixture
def frame() -> pd.DataFrame:
    """Two halves of 600 users, one of which clicks far more."""
    found = generated(1200, {"control": 0.5, "bold": 0.5}, {"bold": 0.9})
    found["variant"] = ["control", "bold"] * 600
    return found


def test_the_page_says_which_file_it_expects(folder, visit):
    app = visit("experiment")
    assert "one row a user" in texts(app)
    assert button_labels(app, "download_button") == []


def test_an_upload_becomes_a_verdict_a_table_and_a_link(folder, visit, frame):
    app = uploaded(visit("experiment"), "spring.csv", as_csv(frame))
    assert "against control" in app.markdown[0].value
    table = app.dataframe[-2].value
    assert list(table["Metric"][:2]) == ["Reach", "Share of users with revenue"]
    assert "Lift, adjusted" in table
    assert button_labels(app, "download_button") == ["Download the table (CSV)", "Full report (JSON)"]
    assert not list((folder / "tmp").iterdir())

    key = app.query_params["readout"]
    again = visit("experiment", readout=key)
    assert again.markdown[0].value == app.markdown[0].value
    assert again.dataframe[-2].value.equals(table)
    assert "spring.csv" in texts(again)
    assert not again.file_uploader


def test_a_rerun_reads_the_file_and_keeps_the_readout_once(folder, visit, frame):
    app = uploaded(visit("experiment"), "spring.csv", as_csv(frame))
    app.run()
    with Workspace.open(folder).cursor() as cursor:
        assert cursor.execute("SELECT count(*) FROM experiments").fetchone() == (1,)
    assert "spring.csv" in [link.label for link in visit("experiment").page_link]


def test_the_control_is_asked_for_where_no_name_says_it(folder, visit, frame):
    frame["variant"] = frame.variant.map({"control": "gate_30", "bold": "gate_40"})
    app = uploaded(visit("experiment"), "gates.csv", as_csv(frame))
    assert "Say which one is the control." in app.info[0].value
    assert not app.query_params.get("readout")
    app.selectbox[0].select("gate_40").run()
    assert "against gate\\_40" in app.markdown[0].value


def test_an_uneven_split_blocks_the_verdict_unless_it_was_planned(folder, visit, frame):
    uneven = frame[(frame.variant == "control") | (frame.index % 6 == 1)]
    app = uploaded(visit("experiment"), "uneven.csv", as_csv(uneven))
    assert "not split as planned" in app.error[0].value
    assert app.dataframe[0].value["Variant"].tolist() == ["bold", "control"]
    app.number_input[0].set_value(25.0)
    app.number_input[1].set_value(75.0).run()
    assert not app.error
    assert "against control" in app.markdown[0].value


def test_what_is_wrong_with_the_data_is_said_above_the_numbers(folder, visit, frame):
    frame.loc[:9, "variant"] = ""
    app = uploaded(visit("experiment"), "gaps.csv", as_csv(frame))
    assert "Rows without a user or a variant, left out\\: 10." in app.warning[0].value


def test_one_variant_only_is_no_verdict_and_no_table(folder, visit, frame):
    app = uploaded(visit("experiment"), "one.csv", as_csv(frame[frame.variant == "control"]))
    assert "nothing that can be compared" in app.markdown[0].value
    assert "there is nothing to compare" in app.warning[0].value
    assert not app.dataframe


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", b"", "empty.csv is empty"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "picture.csv is not a text file"),
        ("sheet.csv", b"PK\x03\x04....", "sheet.csv is a spreadsheet"),
        ("wrong.csv", b"foo,bar\n1,2\n", "no column for the user"),
        ("[x](../up).csv", b"", r"\[x\](../up).csv is empty"),
        ("ids.csv", b"user_id,variant,revenue\n" + MANY, "names 30 variants"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_sentence(folder, visit, name, content, message):
    app = uploaded(visit("experiment"), name, content)
    assert message in app.error[0].value
    assert "upload-" not in app.error[0].value
    assert not list((folder / "tmp").iterdir())


def test_a_bad_file_after_a_good_one_leaves_no_link_to_the_good_one(folder, visit, frame):
    app = uploaded(visit("experiment"), "spring.csv", as_csv(frame))
    app.file_uploader(key="results file").clear()
    app = uploaded(app, "empty.csv", b"")
    assert "empty.csv is empty" in app.error[0].value
    assert "readout" not in app.query_params


def test_a_wrong_link_is_a_sentence(folder, visit):
    app = visit("experiment", readout="nothing")
    assert "There is no experiment 'nothing'" in app.error[0].value
    assert [link.label for link in app.page_link] == ["Read out another experiment"]


def button_labels(app, kind: str) -> list[str]:
    return [one.label for one in app.get(kind)]
