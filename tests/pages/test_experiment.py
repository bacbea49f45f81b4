from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.pages.conftest import MAIN, texts
from tests.pages.results import (
    OPTIONS,
    as_csv,
    as_workbook,
    chosen,
    drawn,
    field,
    kept,
    labels,
    link,
    metrics,
    run,
    titles,
    two_halves,
    uploaded,
    verdict,
)

SAMPLES = MAIN.parents[1] / "sample_data"
MANY = b"".join(b"%d,v%d,1\n" % (n, n) for n in range(30))


@pytest.fixture
def frame() -> pd.DataFrame:
    return two_halves()


@pytest.fixture
def gates() -> pd.DataFrame:
    """A game with its gate at one of two levels; far fewer players come back after the later one."""
    rng = np.random.default_rng(3)
    later = np.arange(600) % 2 == 1
    return pd.DataFrame(
        {
            "userid": np.arange(600) + 116,
            "version": np.where(later, "gate_40", "gate_30"),
            "sum_gamerounds": rng.poisson(30, 600),
            "retention_1": np.where(rng.random(600) < 0.45, "TRUE", "FALSE"),
            "retention_7": np.where(rng.random(600) < np.where(later, 0.15, 0.35), "TRUE", "FALSE"),
        }
    )


def test_the_page_says_which_file_it_expects(folder, visit):
    app = visit("experiment")
    assert "one row a user" in texts(app)
    assert not app.get("download_button")
    assert not app.error


def test_an_upload_becomes_checks_a_verdict_tables_and_a_link(folder, visit, frame):
    app = uploaded(visit("experiment"), "spring.csv", as_csv(frame))
    assert "against" not in verdict(app)
    assert "than in control" in verdict(app)
    said = drawn(app)
    (checks,) = [n for n, one in enumerate(said) if one.startswith("Checks passed")]
    assert said.index(OPTIONS) < checks < said.index(verdict(app))
    table = metrics(app)
    assert list(table["Metric"][:2]) == ["Reach", "Share of users with revenue"]
    assert "Lift, adjusted" in table
    assert "Without extreme users" in titles(app)
    assert len(app.get("plotly_chart")) == 2
    assert labels(app, "download_button") == [
        "Download the table (CSV)",
        "One page to send (HTML)",
        "Full report (JSON)",
    ]
    assert not list((folder / "tmp").iterdir())

    again = visit("experiment", readout=link(app))
    assert verdict(again) == verdict(app)
    assert [one.value.to_dict() for one in again.dataframe] == [
        one.value.to_dict() for one in app.dataframe
    ]
    assert "spring.csv" in texts(again)
    assert not again.file_uploader


def test_a_readout_is_kept_once_and_left_with_its_file(folder, visit, frame):
    app = uploaded(visit("experiment"), "spring.csv", as_csv(frame))
    run(app, app)
    assert kept(folder) == 1
    run(app.file_uploader(key="results file").clear(), app)
    assert not app.query_params
    assert app.file_uploader
    assert "Recent readouts" in titles(app)
    assert "spring.csv" in labels(app, "page_link")
    run(app, app)
    assert app.file_uploader


def test_a_workbook_is_read_as_the_same_results(folder, visit, frame):
    frame["bought"] = [True, False] * 200
    app = uploaded(visit("experiment"), "spring.csv", as_csv(frame))
    told, table = verdict(app), metrics(app)
    app = uploaded(visit("experiment"), "spring.xlsx", as_workbook(frame))
    assert verdict(app) == told
    assert metrics(app).equals(table)
    assert "spring.xlsx" in texts(app)
    assert not list((folder / "tmp").iterdir())


def test_a_file_on_the_server_is_read_by_its_path(folder, visit, frame, tmp_path):
    path = tmp_path / "big.parquet"
    frame.to_parquet(path)
    app = visit("experiment")
    run(app.segmented_control[0].set_value("A file on the server"), app)
    run(field(app, "text_input", "Path").set_value(str(path)), app)
    assert "big.parquet: 400 users" in texts(app)
    first = link(app)
    frame.iloc[:200].to_parquet(path)
    run(app, app)
    assert "200 users" in texts(app)
    assert link(app) != first


WRONG_PATHS = {
    "results.csv": "is not a whole path",
    "/nowhere/results.csv": "There is no file /nowhere/results.csv",
    "/" + "x" * 300: "cannot be opened",
    "~nobody-of-that-name/x.csv": "cannot be opened",
    str(SAMPLES / "README.md"): "README.md is neither CSV, Parquet nor Excel",
}


def test_a_wrong_path_is_a_sentence(folder, visit):
    app = visit("experiment")
    run(app.segmented_control[0].set_value("A file on the server"), app)
    for path, message in WRONG_PATHS.items():
        run(field(app, "text_input", "Path").set_value(path), app)
        assert message in app.error[0].value
        assert not app.query_params


def test_samples_show_what_there_is_to_see(folder, visit):
    app = visit("experiment")
    run(app.segmented_control[0].set_value("A sample"), app)
    chosen(app, "Sample", "experiment_days.parquet")
    assert "5,000 users, from" in texts(app)
    assert {"Day by day", "The first half of the days against the second"} <= set(titles(app))
    days = link(app)
    chosen(app, "Sample", "experiment_broken.parquet")
    assert "not split as planned" in app.error[0].value
    assert "The split is off among users with no impressions before" in app.warning[2].value
    assert not titles(app)
    assert link(app) != days
    run(app.segmented_control[0].set_value("Upload a file"), app)
    assert not app.query_params
    run(app, app)
    assert app.file_uploader


def test_the_large_sample_shows_all_but_days(folder, visit):
    app = visit("experiment")
    run(app.segmented_control[0].set_value("A sample"), app)
    chosen(app, "Sample", "experiment.parquet")
    assert {"By country (exploratory)", "How far can we expand?"} <= set(titles(app))
    assert "Day by day" not in titles(app)
    lifts = metrics(app).set_index("Metric")["Lift"]
    assert lifts["Click rate"].startswith("\N{MINUS SIGN}")
    assert lifts["Impressions per user"].startswith("+")


def test_the_control_and_the_deciding_metric_are_all_a_game_needs_to_say(folder, visit, gates):
    app = uploaded(visit("experiment"), "gates.csv", as_csv(gates))
    assert "Say which one is the control." in app.info[0].value
    assert not app.query_params
    assert not app.error
    chosen(app, "Control", "gate_30")
    assert not app.info
    assert verdict(app).startswith("## Keep running")
    chosen(app, "The metric that decides", "retention_7")
    assert "Do not ship gate_40" in verdict(app)
    assert "retention_7" in verdict(app)
    assert field(app, "selectbox", "Metric").value == "retention_7"  # of the closer look
    table = metrics(app).set_index("Metric")
    share = (gates.retention_7[gates.version == "gate_30"] == "TRUE").mean()
    assert table.loc["retention_7", "Control"] == f"{100 * share:.1f} %"
    assert float(table.loc["sum_gamerounds", "Control"]) == pytest.approx(
        gates.sum_gamerounds[gates.version == "gate_30"].mean(), rel=0.005
    )
    assert "Filled in" not in texts(app)  # what this visit said itself is no news to it
    assert field(app, "expander", OPTIONS).proto.expanded


def test_what_is_wrong_with_the_data_is_said_above_the_numbers(folder, visit, frame):
    some = frame.copy()
    some.loc[:9, "variant"] = ""
    app = uploaded(visit("experiment"), "gaps.csv", as_csv(some))
    assert "Rows without a user or a variant, left out: 10." in app.warning[0].value

    app = uploaded(app, "one.csv", as_csv(frame[frame.variant == "control"]))
    assert "nothing that can be compared" in verdict(app)
    assert "there is nothing to compare" in app.warning[0].value
    assert not app.dataframe

    content = b"user_id,variant,clicks,impressions\n,control,1,2\n,new,2,3\n"
    app = uploaded(app, "nobody.csv", content)
    assert "nothing that can be compared" in verdict(app)
    assert [one.value for one in app.warning] == [
        "No user is in exactly one variant: there is nothing to compare.",
        "Rows without a user or a variant, left out: 2.",
    ]


def test_names_from_the_file_are_text(folder, visit, frame):
    frame["variant"] = frame.variant.replace("bold", "<b>*x*</b> [y](http://z)")
    app = uploaded(visit("experiment"), "[a](b).csv", as_csv(frame))
    assert "\\<b\\>\\*x\\*\\</b\\> \\[y\\]" in verdict(app)
    assert "\\[a\\](b).csv" in texts(app)


BAD_FILES = [
    ("empty.csv", b"", "empty.csv is empty"),
    ("head.csv", b"user_id,variant,clicks,impressions\n", "hold no rows"),
    ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "picture.csv is not a text file"),
    ("sheet.csv", b"PK\x03\x04....", "sheet.csv is an archive or an old spreadsheet"),
    ("torn.parquet", b"PAR1xxxxxxPAR1", "the file is damaged or breaks off"),
    ("text.parquet", b"user_id,variant\n", "text.parquet is not a Parquet file"),
    ("wrong.csv", b"foo,bar\n1,2\n", "no column that is surely the user or the variant"),
    ("bare.csv", b"user_id,variant\n1,a\n2,b\n", "have nothing to measure"),
    ("words.csv", b"user_id,variant,clicks,impressions\n1,a,x,y\n2,b,z,w\n", "holds no numbers"),
    ("[x](../up).csv", b"", r"\[x\](../up).csv is empty"),
    ("ids.csv", b"user_id,variant,revenue\n" + MANY, "no column that is surely the variant"),
]


def test_a_file_that_cannot_be_read_is_a_sentence(folder, visit, frame):
    app = uploaded(visit("experiment"), "good.csv", as_csv(frame))
    assert app.query_params
    for name, content, message in BAD_FILES:
        app = uploaded(app, name, content)
        (said,) = [one.value for one in app.error]
        assert message in said
        assert "upload-" not in said
        assert not app.query_params
        assert not list((folder / "tmp").iterdir())
    assert kept(folder) == 1


def test_a_wrong_link_is_a_sentence(folder, visit):
    app = visit("experiment", readout="nothing")
    assert "There is no experiment 'nothing'" in app.error[0].value
    assert "Read out another experiment" in labels(app, "page_link")
