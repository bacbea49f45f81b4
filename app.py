"""The Streamlit entry: `streamlit run app.py`."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from threadpoolctl import threadpool_limits

import lookalike  # noqa: F401 - sets how threads wait, before torch is imported
from lookalike import logs
from lookalike.access import PASSES
from lookalike.errors import LookalikeError
from lookalike.gate import Gate
from lookalike.settings import Settings

PAGES = Path(__file__).parent / "pages"
if str(PAGES) not in sys.path:  # pages/main.py finds its modules the same way
    sys.path.insert(0, str(PAGES))

import signing  # noqa: E402

LOG = logging.getLogger("lookalike.app")
# Streamlit logs the whole message of an error, which may quote a user's id; `unexpected` does not
for name in ("streamlit.error_util", "streamlit.runtime.backend_operation_handler"):
    logging.getLogger(name).addFilter(lambda record: record.exc_info is None)


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
    """Load what is heavy once, and keep it out of every later garbage collection.

    A collection of all that the library brings along takes a fifth of a second, in which no page
    answers and no training goes on.
    """
    from lookalike import charts, comparison, expansion  # noqa: F401
    from lookalike.experiment import readout  # noqa: F401

    # set for the whole process once: what is learned limits BLAS to one thread, and two who set
    # and restore it beside each other leave it wrong and round each other's sums differently
    threadpool_limits(1, "blas")
    try:
        logs.begin(Settings.from_env())
    except LookalikeError as error:  # the pages say so as well
        logs.begin(Settings())
        LOG.error("%s", error)
    LOG.info("serving, sign-in is %s", "needed" if signing.closed() else "off")
    gc.collect()
    gc.freeze()
    yield {}


def unexpected(error: Exception) -> bool:
    """Log where a page failed, and say no more in the browser than that it did."""
    LOG.error("A page failed unexpectedly", exc_info=error)
    st.error(
        f"**Something unexpected went wrong: {type(error).__name__}.**\n\nNothing was changed. "
        "The log has the details; please report it.",
        icon=":material/error:",
    )
    return True


app = st.App(
    PAGES / "main.py",
    lifespan=lifespan,
    middleware=[
        Middleware(
            Gate,
            passes=PASSES,
            closed=signing.closed,
            base=lambda: st.get_option("server.baseUrlPath") or "",
        )
    ],
    on_script_error=unexpected,
)
