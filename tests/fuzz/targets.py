"""Everything that reads what a user gives, with what must hold of what it returns."""

from __future__ import annotations

import contextlib
import functools
import json
import math
import random
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from lookalike import seeds, uploads, workbook
from lookalike.commands import options
from lookalike.contents import contents
from lookalike.cutting import parse_size
from lookalike.experiment import readout
from lookalike.importing import KINDS, import_table, preview
from lookalike.seeds import SeedFile
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.unit.worlds import add_users

from . import manifests, samples, spreadsheets
from .damage import ODD, damaged

NAME = 'my seeds; "x" (2) – ü.csv'
ODD_SHARE = 0.06  # of the cases are files that are odd from the start rather than damaged
LONGEST = 4_000  # of a sentence about one line


@dataclass(frozen=True, slots=True)
class Target:
    """A parser under test.

    Attributes:
        name: What the table calls it.
        make: Makes the file or text of a case.
        read: Reads it and asserts what must hold; raises a user's error where it refuses.
    """

    name: str
    make: Callable[[random.Random], bytes | str]
    read: Callable[[Place, bytes | str], None]


class Place:
    """A workspace of 60 users for one case after another, new after each that changed it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template"
        with Workspace.open(self._template, create=True, settings=Settings(threads=1)) as made:
            add_users(made, samples.USERS)
        self._workspace: Workspace | None = None

    @property
    def workspace(self) -> Workspace:
        if self._workspace is None:
            where = Path(tempfile.mkdtemp(dir=self._folder))
            shutil.copytree(self._template, where, dirs_exist_ok=True)
            self._workspace = Workspace.open(where, settings=Settings(threads=1))
        return self._workspace

    def spoilt(self) -> None:
        """Give the next case another workspace."""
        if self._workspace is not None:
            self._workspace.close()
            shutil.rmtree(self._workspace.path)
            self._workspace = None


@contextlib.contextmanager
def place() -> Iterator[Place]:
    """Make a place, and remove it afterwards."""
    with tempfile.TemporaryDirectory(prefix="lookalike-fuzz-") as folder:
        made = Place(Path(folder))
        try:
            yield made
        finally:
            made.spoilt()


def _seed_file(chance: random.Random) -> bytes:
    if chance.random() < ODD_SHARE:
        return chance.choice(
            [lambda: samples.odd_text(chance, "user_id,spend"), chance.choice(spreadsheets.SMALL)]
        )()
    files = list(_seed_files())
    return damaged(chance, chance.choice(files), files)


def _pasted(chance: random.Random) -> str:
    files = [file for file in _seed_files() if not file.startswith(b"PK")]
    if chance.random() < 0.3:
        cells = [chance.choice((*samples.USERS, *ODD)) for _ in range(chance.randrange(30))]
        return "".join(cell + chance.choice((" ", ",", "\n", "\t", "; ")) for cell in cells)
    return damaged(chance, chance.choice(files), files).decode("utf-8", "replace")


def _table(chance: random.Random, kind: str) -> bytes:
    draw = chance.random()
    if draw < ODD_SHARE / 2:
        return samples.odd_text(chance, samples.HEADS[kind])
    if draw < 2 * ODD_SHARE:
        return chance.choice(samples.odd_parquet())
    files = list(_tables(kind))
    return damaged(chance, chance.choice(files), files)


def _results(chance: random.Random) -> bytes:
    draw = chance.random()
    if draw < ODD_SHARE / 2:
        return samples.odd_text(chance, "user_id,variant,clicks")
    if draw < ODD_SHARE:
        return chance.choice(spreadsheets.SMALL)()
    if draw < 2 * ODD_SHARE:
        return chance.choice(samples.odd_parquet())
    files = list(_result_files())
    return damaged(chance, chance.choice(files), files)


def _book(chance: random.Random) -> bytes:
    if chance.random() < 3 * ODD_SHARE:
        return chance.choice(spreadsheets.SMALL)()
    files = [file for file in (*_seed_files(), *_result_files()) if file.startswith(b"PK")]
    return damaged(chance, chance.choice(files), files)


def _size(chance: random.Random) -> str:
    alphabet = "0123456789.,%-+eE _kKmM\u00a0\u0663²½①\x00∞naNinf/"
    usual = chance.choice(("0.05", "5%", "50000", "50,000", "2,5%", "1e3", "100%"))
    extra = "".join(chance.choice(alphabet) for _ in range(chance.randrange(6)))
    at = chance.randrange(len(usual) + 1)
    return chance.choice((usual[:at] + extra + usual[at:], extra, chance.choice(ODD), usual * 200))


def _pairs(chance: random.Random) -> str:
    words = ("user_id", "uid", "=", "==", " ", "", *ODD)
    return "".join(chance.choice(words) for _ in range(chance.randrange(6)))


_seed_files = functools.cache(lambda: tuple(samples.seed_files().values()))
_tables = functools.cache(lambda kind: tuple(samples.tables(kind).values()))
_result_files = functools.cache(lambda: tuple(samples.results().values()))


def _read_seeds(where: Place, data: bytes | str) -> None:
    assert isinstance(data, bytes)
    file = seeds.parse(data, NAME)
    _check_seeds(where, file, None if workbook.is_workbook(data) else _readings(data))


def _read_pasted(where: Place, text: bytes | str) -> None:
    assert isinstance(text, str)
    _check_seeds(where, seeds.parse_text(text), (text,))


def _check_seeds(where: Place, file: SeedFile, texts: tuple[str, ...] | None) -> None:
    ids = file.ids.to_pylist()
    assert ids, "no ids and no refusal"
    assert all(ids), "an empty id"
    assert len(file.lines) == len(file.damaged) == len(ids), "uneven columns"
    assert all(len(column) == len(ids) for column in file.values.values()), "uneven values"
    assert (file.lines[1:] >= file.lines[:-1]).all(), "lines out of order"
    if texts is not None:
        _check_verbatim(set(ids), texts)
    assert all(0 < len(problem.text) <= LONGEST for problem in file.problems), "an endless sentence"
    found = seeds.match(where.workspace, file, "x")
    report = found.report
    parts = report.matched + report.unknown + report.duplicates + report.damaged
    assert report.rows == len(ids) == parts, f"rows do not add up: {report.counts()}"
    assert len(found.rows) == report.matched == len(set(found.rows.tolist())), "rows repeat"
    exact = set(ids) & set(samples.USERS)
    assert report.matched >= len(exact), "an id that is a user was not found"
    assert all(0 < len(problem.text) <= LONGEST for problem in report.problems), "an endless sentence"
    assert len(report.hint) <= LONGEST, "an endless hint"


def _read_table(where: Place, data: bytes | str, kind: str) -> None:
    assert isinstance(data, bytes)
    name = "table.parquet" if data.startswith(b"PAR1") else "table.csv"
    workspace = where.workspace
    before = contents(workspace).counts()
    path = uploads.keep(workspace, name, data)
    try:
        with uploads.called(path, name):
            shown = preview(path, kind)
            assert shown.sentence(), "an empty sentence"
            assert str(path) not in shown.sentence(), "the path is shown"
            try:
                report = import_table(workspace, kind, [path])
            except BaseException:
                assert contents(workspace).counts() == before, "refused, and yet changed"
                raise
    finally:
        path.unlink()
    try:
        _check_table(workspace, report, data)
    finally:
        where.spoilt()


def _check_table(workspace: Workspace, report: object, data: bytes) -> None:
    told = report.report()  # type: ignore[attr-defined]
    json.dumps(told, allow_nan=False)
    rejected = sum(one["count"] for one in told["rejected"] if one["what"] == "row")
    assert told["rows"] == told["kept"] + rejected, f"rows do not add up: {told}"
    assert all(len(str(one)) <= LONGEST for one in report.rejected), "an endless sentence"  # type: ignore[attr-defined]
    folder = str(workspace.path)
    assert folder not in repr(report), "the path is shown"
    if data.startswith(b"PAR1"):
        return
    with workspace.cursor() as cursor:
        ids = [one for (one,) in cursor.execute("SELECT user_id FROM users").fetchall()]
    _check_verbatim({one for one in ids if one not in samples.USERS}, _readings(data))


def _read_results(where: Place, data: bytes | str) -> None:
    assert isinstance(data, bytes)
    name = "results.parquet" if data.startswith(b"PAR1") else "results.csv"
    with uploads.briefly(where.workspace, name, data) as path:
        found = readout(path)
        told = json.dumps(found.report(), allow_nan=False)
        assert path.stem not in told, "the path is shown"
        assert 0 < found.users <= found.rows, "more users than rows"
        assert found.verdict, "no verdict"
        for comparison in found.comparisons:
            for metric in comparison.metrics:
                p = metric.p_value
                assert p is None or (0 <= p <= 1 and math.isfinite(p)), f"p = {p}"


def _read_book(_: Place, data: bytes | str) -> None:
    assert isinstance(data, bytes)
    if not workbook.is_workbook(data):
        return
    rows, inexact = workbook.read(data, NAME)
    assert [len(row) for row in rows] == [len(row) for row in inexact], "uneven marks"
    assert all(isinstance(cell, str) for row in rows for cell in row), "a cell that is no text"


def _read_size(_: Place, text: bytes | str) -> None:
    assert isinstance(text, str)
    size = parse_size(text)
    assert size > 0, "no size"
    assert isinstance(size, int) or size <= 1, "neither a share nor a count"


def _read_pairs(_: Place, text: bytes | str) -> None:
    assert isinstance(text, str)
    for name, value in options.pairs([text]).items():
        assert name, "a pair without a name"
        assert value, "a pair without a value"
        assert name in text, "a name from nowhere"


def _readings(data: bytes) -> tuple[str, ...]:
    """The texts that bytes may be."""
    texts = []
    for encoding in ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"):
        with contextlib.suppress(UnicodeDecodeError):
            texts.append(data.decode(encoding))
    return tuple(texts)


def _check_verbatim(ids: Collection[str], texts: Collection[str]) -> None:
    """Assert that every id stands in one of the texts, quotes and the kind of newline aside."""
    plain = [text.replace("\r\n", "\n").replace("\r", "\n").replace('"', "") for text in texts]
    strange = [[one for one in ids if one.replace('"', "") not in text] for text in plain]
    fewest = min(strange, key=len)
    assert not fewest, f"an id that is not in the file: {fewest[0][:80]!r}"


TARGETS = {
    target.name: target
    for target in (
        Target("seed file", _seed_file, _read_seeds),
        Target("pasted ids", _pasted, _read_pasted),
        *(
            Target(
                f"import {kind}",
                functools.partial(_table, kind=kind),
                functools.partial(_read_table, kind=kind),
            )
            for kind in KINDS
        ),
        Target("experiment", _results, _read_results),
        Target("workbook", _book, _read_book),
        Target("size", _size, _read_size),
        Target("--map", _pairs, _read_pairs),
        Target("manifest", manifests.make, manifests.read),
    )
}
SHARES = {
    "seed file": 0.2,
    "pasted ids": 0.08,
    "experiment": 0.11,
    "workbook": 0.08,
    "size": 0.06,
    "--map": 0.04,
    "manifest": 0.05,
}
REST = (1 - sum(SHARES.values())) / len(KINDS)


def cases(count: int) -> dict[str, int]:
    """Divide a number of cases among the parsers."""
    return {name: max(1, round(count * SHARES.get(name, REST))) for name in TARGETS}
