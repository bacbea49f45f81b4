"""The Streamlit entry: `streamlit run app.py`."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st

import lookalike  # noqa: F401 - sets how threads wait, before torch is imported


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
    """Load the heavy libraries once, and keep them out of every later garbage collection."""
    import torch  # noqa: F401

    from lookalike import comparison, expansion  # noqa: F401

    gc.collect()
    gc.freeze()
    yield {}


app = st.App(Path(__file__).parent / "pages" / "main.py", lifespan=lifespan)
