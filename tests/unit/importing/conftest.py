"""Ways to write a file, import it, and ask what landed."""

from __future__ import annotations

import pytest

from lookalike.importing import import_table


@pytest.fixture
def file(tmp_path):
    def write(text: str | bytes, name: str = "file.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture
def load(workspace, file):
    """Import text as a CSV file."""

    def run(kind: str, text: str | bytes, **options):
        return import_table(workspace, kind, [file(text)], **options)

    return run


@pytest.fixture
def ask(workspace):
    def fetch(sql: str):
        with workspace.cursor() as cursor:
            return cursor.execute(sql).fetchall()

    return fetch
