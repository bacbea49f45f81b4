import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="package", autouse=True)
def _cheap_garbage() -> Iterator[None]:
    """Set aside what is loaded: statsmodels collects all garbage at every Holm correction."""
    gc.freeze()
    yield
    gc.unfreeze()
