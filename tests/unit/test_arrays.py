"""Arrays in files, read by many threads at once."""

from __future__ import annotations

import gc
import threading

import numpy as np
import pytest

from lookalike import arrays


class Cyclic:
    """Garbage whose end runs Python, so that a collection lets other threads in."""

    def __init__(self):
        self.own = self

    def __del__(self):
        for _ in range(50):
            pass


@pytest.fixture
def hurried():
    """Collect garbage all the time."""
    before = gc.get_threshold()
    gc.set_threshold(50)
    yield
    gc.set_threshold(*before)


def test_many_threads_read_the_same_files(tmp_path, hurried):
    numbers = np.arange(12).reshape(3, 4)
    np.save(tmp_path / "a.npy", numbers)
    np.savez(tmp_path / "a.npz", numbers=numbers, more=numbers + 1)
    wrong = []

    def read():
        for _ in range(60):
            Cyclic()
            try:
                with arrays.archive(tmp_path / "a.npz") as held:
                    whole = (held["more"] == numbers + 1).all()
                if not whole or not (arrays.mapped(tmp_path / "a.npy") == numbers).all():
                    wrong.append("other numbers")
            except SystemError as error:
                wrong.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_file_of_what_is_mapped_stays_as_it_is(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros(3))
    held = arrays.mapped(tmp_path / "a.npy")
    held[0] = 1.0
    held.flush()
    assert (np.load(tmp_path / "a.npy") == 0).all()


def test_pytorch_reads_what_is_mapped_in_place(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros(3, np.float32))
    held = arrays.mapped(tmp_path / "a.npy")
    assert np.require(held, np.float32, ["C", "W"]).ctypes.data == held.ctypes.data


def test_what_is_missing_or_no_array_is_said(tmp_path):
    (tmp_path / "a.npy").write_bytes(b"no array")
    with pytest.raises(ValueError, match="pickled"):
        arrays.mapped(tmp_path / "a.npy")
    with pytest.raises(FileNotFoundError), arrays.archive(tmp_path / "b.npz"):
        pass
