"""Reading arrays from files, one thread at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

# NumPy reads the header of an array as Python source, and CPython 3.11 counts how deep it is in
# that for all threads together: now and then two at once end in a SystemError. A lock that the
# same thread may take again, since a garbage collection can come in between.
_ONE_AT_A_TIME = threading.RLock()


def mapped(path: Path) -> NDArray[Any]:
    """Return the array of a .npy file, mapped; errors are those of `numpy.load`.

    The pages are private and nobody writes to them: PyTorch reads such a map in place, of one that is
    read-only it takes a copy. The file could not be changed through it in any case.
    """
    with _ONE_AT_A_TIME:
        found: NDArray[Any] = np.load(path, mmap_mode="c", allow_pickle=False)
    return found


@contextmanager
def archive(file: Path | BinaryIO) -> Iterator[NpzFile]:
    """Give the arrays of an .npz file by name; errors are those of `numpy.load`."""
    with _ONE_AT_A_TIME, np.load(file, allow_pickle=False) as held:
        yield held
