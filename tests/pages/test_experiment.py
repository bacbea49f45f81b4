from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from lookalike import audience
from lookalike.audience import RANKED, Ranking
from lookalike.workspace import Workspace
from tests.pages.conftest import MAIN, button, texts
from tests.unit.experiment.data import generated

SAMPLES = MAIN.parents[1] / "sample_data"
MANY = b"".join(b"%d,v%d,1\n" % (n, n) for n in range(30))
OPTIONS = "Columns, metrics and split"


@pytest.fixture
def frame() -> pd.DataFrame:
    """Two halves of 200 users, one of which clicks far more."""
    found = generated(400, {"control": 0.5, "bold": 0.5}, {"bold": 1.5})
    found["variant"] = ["control", "bold"] * 200
    return found


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
    (said,) = [one.value for one in app.markdown if one.value.startswith("### ")]
    return said


def metrics(app) -> pd.DataFrame:
    """The table of lifts."""
    return next(one.value for one in app.dataframe if "Lift" in one.value)


def titles(app) -> list[str]:
    return [one.value for one in app.subheader]


def labels(app, kind: str) -> list[str]:
    return [one.label for one in app.get(kind)]


def kept(folder: Path) -> int:
    with Workspace.open(folder).cursor() as cursor:
        return cursor.execute("SELECT count(*) FROM experiments").fetchone()[0]


def link(app) -> str:
    return app.query_params["readout"]


def test_the_page_says_which_file_it_expects(folder, visit):
    app = visit("experiment")
    assert "one row a user" in texts(app)
    assert not app.get("download_button")
    assert not app.error


def test_an_upload_becomes_checks_a_verdict_tables_and_a_link(folder, visit, frame):
    app = uploaded(visit("experiment"), "spring.csv", as_csv(frame))
    assert "against" not in verdict(app)
    assert "than in control" in verdict(app)
    said = [str(getattr(one, "label", "") or getattr(one, "value", "")) for one in app.main]
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
    assert lifts["Click rate"].startswith("-")
    assert lifts["Impressions per user"].startswith("+")


def test_the_control_and_the_deciding_metric_are_all_a_game_needs_to_say(folder, visit, gates):
    app = uploaded(visit("experiment"), "gates.csv", as_csv(gates))
    assert "Say which one is the control." in app.info[0].value
    assert not app.query_params
    assert not app.error
    chosen(app, "Control", "gate_30")
    assert not app.info
    assert verdict(app).startswith("### Keep running")
    chosen(app, "The metric that decides", "retention_7")
    assert "Do not ship gate\\_40" in verdict(app)
    assert "retention\\_7" in verdict(app)
    assert field(app, "selectbox", "Metric").value == "retention_7"  # of the closer look
    table = metrics(app).set_index("Metric")
    share = (gates.retention_7[gates.version == "gate_30"] == "TRUE").mean()
    assert table.loc["retention_7", "Control"] == f"{100 * share:.1f} %"
    assert float(table.loc["sum_gamerounds", "Control"]) == pytest.approx(
        gates.sum_gamerounds[gates.version == "gate_30"].mean(), rel=0.005
    )
    assert "Filled in" not in texts(app)  # what this visit said itself is no news to it
    assert field(app, "expander", OPTIONS).proto.expanded


def test_three_variants_get_a_sentence_each(folder, visit, frame):
    frame["variant"] = (["control", "bold", "mild"] * 134)[:400]
    app = uploaded(visit("experiment"), "three.csv", as_csv(frame))
    (sentences,) = [
        one.value for one in app.markdown if one.value.startswith("- ") and "share the risk" in one.value
    ]
    assert [line.split("with ")[1].split(",")[0] for line in sentences.splitlines()] == ["bold", "mild"]
    assert metrics(app)["Variant"].unique().tolist() == ["bold", "mild"]
    assert field(app, "selectbox", "Treatment").value == "bold"
    together = field(app, "checkbox", "Correct p-values")
    before = next(one.value for one in app.dataframe if "Holm p" in one.value)
    run(together.set_value(True), app)
    after = next(one.value for one in app.dataframe if "Holm p" in one.value)
    assert not after["Holm p"].equals(before["Holm p"])


def test_an_uneven_split_blocks_the_verdict_unless_it_was_planned(folder, visit, frame):
    uneven = frame[(frame.variant == "control") | (frame.index % 6 == 1)]
    app = uploaded(visit("experiment"), "uneven.csv", as_csv(uneven))
    assert "not split as planned" in app.error[0].value
    assert app.dataframe[0].value["Variant"].tolist() == ["bold", "control"]
    assert not [one for one in app.markdown if one.value.startswith("###")]
    assert "The numbers all the same (not to be acted on)" in labels(app, "expander")
    assert not titles(app)
    run(field(app, "number_input", "bold").set_value(25.0), app)
    assert "The shares add up to 75.0 %; they are taken in proportion." in texts(app)
    run(field(app, "number_input", "control").set_value(75.0), app)
    assert not app.error
    assert "add up" not in texts(app)
    assert "than in control" in verdict(app)


def test_columns_of_any_name_can_be_chosen_and_are_remembered(folder, visit, frame):
    odd = frame.rename(columns={"user_id": "who", "variant": "cohort", "revenue": "euros"})
    app = uploaded(visit("experiment"), "odd.csv", as_csv(odd))
    assert "no column that is surely the user or the variant" in app.error[0].value
    chosen(app, "User", "who")
    assert "no column that is surely the variant" in app.error[0].value
    chosen(app, "Variant", "cohort")
    assert not app.error
    assert "Revenue per user" not in set(metrics(app)["Metric"])
    chosen(app, "Revenue", "euros")
    told = verdict(app)
    assert "Revenue per user" in set(metrics(app)["Metric"])

    app = uploaded(visit("experiment"), "next.csv", as_csv(odd.iloc[::-1]))
    assert "Filled in as the last time" in texts(app)
    assert field(app, "selectbox", "Variant").value == "cohort"
    assert verdict(app) == told
    assert not field(app, "expander", OPTIONS).proto.expanded
    chosen(app, "Revenue", "(none)")
    assert "Revenue per user" not in set(metrics(app)["Metric"])


def test_a_column_of_another_preset_is_no_mistake(folder, visit, frame):
    frame["calls"] = 1 + frame.index % 3
    app = uploaded(visit("experiment"), "calls.csv", as_csv(frame))
    chosen(app, "Sessions", "calls")
    chosen(app, "Metrics", "content")
    assert not app.error
    assert metrics(app)["Metric"].tolist() == ["Exposures per user"]
    chosen(app, "Metrics", "act-alike")
    assert len(metrics(app)) == 8


def test_a_name_that_misleads_can_be_overruled(folder, visit, frame):
    frame = frame.rename(columns={"variant": "cohort"}).assign(group=frame.index % 40)
    app = uploaded(visit("experiment"), "groups.csv", as_csv(frame))
    assert "no column that is surely the variant" in app.error[0].value
    chosen(app, "Variant", "group")
    assert "names more than 20 variants" in app.error[0].value
    chosen(app, "Variant", "cohort")
    assert "than in control" in verdict(app)


def test_further_columns_are_picked_and_metrics_defined_and_removed(folder, visit, frame):
    frame["bought"] = np.where(frame.index % 8 < 2, "yes", "no")
    frame["bought"] = frame.bought.map({"yes": "TRUE", "no": "FALSE"})
    frame["depth"] = frame.index % 7 + 0.5
    app = uploaded(visit("experiment"), "own.csv", as_csv(frame))
    picked = field(app, "multiselect", "Further columns")
    assert picked.options == ["bought (share)", "depth (mean)"]  # ids are nothing to measure
    assert "user_id" not in field(app, "selectbox", "Column").options
    assert "user_id" not in field(app, "multiselect", "Read out by").options
    run(picked.set_value(["bought", "depth"]), app)
    table = metrics(app).set_index("Metric")
    assert table.loc["Bought", "Control"] == "25.0 %"
    assert table.loc["Depth", "Control"] == f"{frame.depth[frame.variant == 'control'].mean():#.3g}"

    run(button(app, "Add").click(), app)
    assert "The metric has no name." in app.error[0].value
    field(app, "text_input", "Name").set_value("clicks a *step*")
    field(app, "selectbox", "What it is").select("ratio")
    field(app, "selectbox", "Column").select("clicks")
    field(app, "selectbox", "Divided by").select("depth")
    field(app, "selectbox", "Wished for").select("down")
    field(app, "number_input", "Guardrail").set_value(2.0)
    run(button(app, "Add").click(), app)
    assert not app.error
    assert (
        "**clicks a \\*step\\***: ratio of clicks / depth, less of it is better, guardrail of 2 %"
        in texts(app)
    )
    control = frame[frame.variant == "control"]
    table = metrics(app).set_index("Metric")
    assert table.loc["Clicks a *step*", "Control"] == (
        f"{control.clicks.sum() / control.depth.sum():#.3g}"
    )
    (cautions,) = [one.value for one in app.dataframe if "Guardrail" in one.value]
    assert cautions.set_index("Metric").loc["Clicks a *step*", "Guardrail"] == "Not ruled out"
    run(button(app, "Add").click(), app)
    assert "There is a metric 'clicks a \\*step\\*' already." in app.error[0].value

    app = uploaded(visit("experiment"), "next.csv", as_csv(frame.iloc[::-1]))
    assert {"Bought", "Depth", "Clicks a *step*"} <= set(metrics(app)["Metric"])
    run(button(app, "Remove").click(), app)
    assert "Clicks a *step*" not in set(metrics(app)["Metric"])
    assert "Depth" in set(metrics(app)["Metric"])


def test_segments_more_intervals_and_tests_of_the_tests(folder, visit, frame):
    frame["country"] = ["de", "de", "fr", "fr"] * 100
    frame["shelf"] = ["a", "a", "a", "a", "b", "b", "b", "b"] * 50
    app = uploaded(visit("experiment"), "spring.csv", as_csv(frame))
    by = field(app, "multiselect", "Read out by")
    assert by.value == ["country"]
    run(by.set_value(["shelf"]), app)
    assert "By shelf (exploratory)" in titles(app)
    assert "By country (exploratory)" not in titles(app)
    run(field(app, "multiselect", "Read out by").set_value([]), app)
    assert not [title for title in titles(app) if title.startswith("By ")]

    narrow, level = metrics(app)["Lift"], field(app, "selectbox", "Intervals")
    run(level.select(99), app)
    assert "99 % intervals" in texts(app)
    assert not metrics(app)["Lift"].equals(narrow)

    field(app, "checkbox", "Intervals by resampling").set_value(True)
    run(field(app, "checkbox", "Test the tests").set_value(True), app)
    assert [one for one in app.dataframe if "Interval by resampling" in one.value]
    assert "The tests, tested on this file (A/A)" in titles(app)


@pytest.fixture
def campaign(ready) -> pd.DataFrame:
    """What 400 users did of whom an audience of the workspace held out every fourth."""
    ranked = np.zeros(400, RANKED)
    ranked["row"], ranked["score"] = np.arange(400), np.linspace(1, 0, 400)
    with Workspace.open(ready) as workspace:
        audience.record(workspace, "gone", "buyers", Ranking(ranked, 480), 400, "hash")
        with workspace.write() as cursor:
            cursor.execute("UPDATE audience_members SET holdout = rank % 4 = 0")
            ids = cursor.execute("SELECT user_id FROM users WHERE row < 400 ORDER BY row").fetchall()
    rng = np.random.default_rng(0)
    impressions = rng.poisson(9, 400) + 1
    return pd.DataFrame(
        {
            "user_id": [one for (one,) in ids],
            "impressions": impressions,
            "clicks": rng.binomial(impressions, 0.3),
        }
    )


AUDIENCE = "The audience that the test was made with"


def test_who_was_held_out_of_an_audience_is_its_control(visit, campaign):
    app = uploaded(visit("experiment"), "campaign.csv", as_csv(campaign))
    assert "surely the variant" in app.error[0].value
    chosen(app, AUDIENCE, 1)
    assert not app.error
    assert "than in holdout" in verdict(app)  # one in four was planned: no uneven split
    assert app.dataframe[0].value.set_index("Variant")["Users"].to_dict() == {
        "audience": "300",
        "holdout": "100",
    }
    assert "How far can we expand?" in titles(app)


def test_an_audience_gives_scores_to_variants_of_the_file(visit, campaign):
    campaign["variant"] = ["control", "new"] * 200
    campaign.loc[:20, "user_id"] = [f"nobody {n}" for n in range(21)]
    app = uploaded(visit("experiment"), "campaign.csv", as_csv(campaign))
    assert "How far can we expand?" not in titles(app)
    chosen(app, AUDIENCE, 1)
    assert "Users who are not in the audience, left out\\: 21." in texts(app)
    assert "than in control" in verdict(app)
    assert "How far can we expand?" in titles(app)


def test_an_audience_of_other_people_is_a_sentence(visit, campaign):
    campaign["user_id"] = "z" + campaign.user_id
    app = uploaded(visit("experiment"), "campaign.csv", as_csv(campaign))
    chosen(app, AUDIENCE, 1)
    assert "None of the users in the results is in the audience." in app.error[0].value


def test_what_is_wrong_with_the_data_is_said_above_the_numbers(folder, visit, frame):
    some = frame.copy()
    some.loc[:9, "variant"] = ""
    app = uploaded(visit("experiment"), "gaps.csv", as_csv(some))
    assert "Rows without a user or a variant, left out\\: 10." in app.warning[0].value

    app = uploaded(app, "one.csv", as_csv(frame[frame.variant == "control"]))
    assert "nothing that can be compared" in verdict(app)
    assert "there is nothing to compare" in app.warning[0].value
    assert not app.dataframe

    content = b"user_id,variant,clicks,impressions\n,control,1,2\n,new,2,3\n"
    app = uploaded(app, "nobody.csv", content)
    assert "nothing that can be compared" in verdict(app)
    assert [one.value for one in app.warning] == [
        "No user is in exactly one variant\\: there is nothing to compare.",
        "Rows without a user or a variant, left out\\: 2.",
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
    ("torn.parquet", b"PAR1xxxxxxPAR1", "torn.parquet"),
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
    assert labels(app, "page_link") == ["Read out another experiment"]
