"""The log says when runs start and end, and never a user's id."""

from __future__ import annotations

import json
import logging

import pytest

from lookalike import expansion, logs, runs
from lookalike.errors import BadInput, Cancelled
from lookalike.jobs import Jobs
from lookalike.settings import Settings

MARK = "SECRET-4711"


@pytest.fixture
def log(capsys):
    def begin(**settings):
        logs.begin(Settings(threads=1, **settings))
        return lambda: list(capsys.readouterr().err.splitlines())

    yield begin
    logs.ROOT.handlers.clear()
    logs.ROOT.propagate = True
    logs.ROOT.setLevel(logging.NOTSET)


def test_a_run_is_logged_when_it_starts_and_ends(workspace, log):
    lines = log()
    run = runs.create(workspace, "expand", "x", {})
    with runs.under_way(workspace, run):
        runs.finish(workspace, run, {})
    started, ended = lines()
    assert started.endswith(f"run {run} (expand) started")
    assert f"run {run} (expand) done after 0.0 seconds" in ended
    assert "INFO lookalike.runs" in started


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (BadInput(f"The user {MARK} is unknown."), "failed with BadInput"),
        (KeyError(MARK), "failed with KeyError"),
        (Cancelled(), "cancelled"),
    ],
)
def test_how_a_run_ended_badly_is_logged_without_its_words(workspace, log, error, said):
    lines = log()
    run = runs.create(workspace, "import", MARK, {"user": MARK})
    with pytest.raises(type(error)), runs.under_way(workspace, run):
        raise error
    text = "\n".join(lines())
    assert f"({'import'}) {said} after" in text
    assert MARK not in text


def test_a_job_that_breaks_is_logged_by_where_and_not_with_what(log):
    lines = log()

    def broken(_):
        try:
            raise KeyError(MARK)
        except KeyError as error:
            raise ValueError(f"{MARK} again") from error

    job = Jobs().submit("x", broken)
    while not job.ended:
        job.stop.wait(0.01)
    text = "\n".join(lines())
    assert "ValueError, raised at" in text
    assert "KeyError, raised at" in text
    assert "test_logs.py" in text
    assert MARK not in text


def test_json_is_one_object_a_line(workspace, log):
    lines = log(log_format="json")
    logging.getLogger("lookalike.jobs").info("hello %s", "you")
    try:
        raise ValueError(MARK)
    except ValueError:
        logging.getLogger("lookalike.jobs").exception("broken")
    first, second = (json.loads(line) for line in lines())
    assert (first["level"], first["logger"], first["message"]) == ("info", "lookalike.jobs", "hello you")
    assert first["moment"].endswith("Z")
    assert "ValueError" in second["error"]
    assert MARK not in json.dumps(second)


def test_the_level_is_kept_and_beginning_again_does_not_double(log):
    lines = log(log_level="warning")
    lines = log(log_level="warning")
    logging.getLogger("lookalike.runs").info("quiet")
    logging.getLogger("lookalike.runs").warning("loud")
    assert [line.rpartition(" ")[2] for line in lines()] == ["loud"]


def test_a_whole_expansion_names_nobody(tmp_path, log):
    """Import, learn, expand and export with ids that a search of the log would find."""
    import pyarrow as pa

    from lookalike import embeddings
    from lookalike.api import Workspace

    lines = log(log_level="debug")
    ids = [f"{MARK}-{number:03d}" for number in range(120)]
    table = pa.table(
        {
            "user_id": [one for one in ids for _ in range(8)],
            "item_id": [f"i{place % 2}{step}" for place in range(120) for step in range(8)],
        }
    )
    with (
        pytest.MonkeyPatch.context() as patch,
        Workspace.open(tmp_path / "ws", create=True, settings=Settings(threads=1)) as workspace,
    ):
        patch.setattr(expansion, "BESIDE", (), raising=False)
        workspace.import_table("interactions", table)
        embeddings.learn(workspace, embeddings.Recipe(als=4, wide=4, svd=4, iterations=2))
        run = workspace.expand(ids[::2], method="centroid")
        run.audience(0.1).to_csv(tmp_path / "a.csv")
        with pytest.raises(BadInput):
            workspace.expand([MARK], method="centroid")
    assert MARK in (tmp_path / "a.csv").read_text("utf-8")
    text = "\n".join(lines())
    assert "(expand) done after" in text
    assert MARK not in text
