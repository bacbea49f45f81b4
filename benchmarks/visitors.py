"""A browser tab as the server sees it: Streamlit's protocol, spoken from Python."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

PATIENCE = 60.0  # seconds that an answer may take
ENDED = (
    ForwardMsg.FINISHED_SUCCESSFULLY,
    ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One page, or the part of it that asks again by itself, as it was answered.

    Attributes:
        page: Its name in the address.
        seconds: From asking to the end of its script.
        error: What went wrong; "" if nothing did.
        messages: What the server sent.
    """

    page: str
    seconds: float
    error: str
    messages: list[ForwardMsg] = field(repr=False)

    def shows(self, kind: str) -> bool:
        """Whether an element of a kind is on the page."""
        return any(_kind(message) == kind for message in self.messages)

    def button(self, label: str) -> str:
        """Return the id of a button.

        Raises:
            LookupError: There is none of that label.
        """
        for message in self.messages:
            if _kind(message) == "button" and message.delta.new_element.button.label == label:
                return message.delta.new_element.button.id
        raise LookupError(f"There is no button {label!r} on {self.page!r}.")

    def address(self) -> str:
        """Return the query string that the page put into the address.

        Raises:
            LookupError: It put none there.
        """
        for message in reversed(self.messages):
            if message.WhichOneof("type") == "page_info_changed":
                return str(message.page_info_changed.query_string)
        raise LookupError(f"{self.page!r} did not change the address.")

    def part(self) -> str:
        """Return the id of the part that asks again by itself; "" where there is none."""
        asked = [m.auto_rerun.fragment_id for m in self.messages if m.WhichOneof("type") == "auto_rerun"]
        return asked[-1] if asked else ""


class Visitor:
    """One browser tab."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("http", "ws", 1) + "/_stcore/stream"
        self._page_hash = ""

    async def __aenter__(self) -> Visitor:
        self._socket = await websockets.connect(
            self._url,
            subprotocols=[websockets.Subprotocol("streamlit")],
            max_size=None,
            ping_interval=None,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._socket.close()

    async def ask(self, page: str, query: str = "", press: str = "") -> Answer:
        """Ask for a page, or press a button on it, and wait for the end of its script."""
        asked = BackMsg()
        asked.rerun_script.page_name = page
        if press:
            asked.rerun_script.widget_states.widgets.add(id=press, trigger_value=True)
        return await self._answer(asked, page, query)

    async def again(self, page: str, query: str, part: str) -> Answer:
        """Ask for a part of the page once more, as a page that follows something does."""
        asked = BackMsg()
        asked.rerun_script.page_script_hash = self._page_hash
        asked.rerun_script.fragment_id = part
        asked.rerun_script.is_auto_rerun = True
        return await self._answer(asked, page, query)

    async def _answer(self, asked: BackMsg, page: str, query: str) -> Answer:
        asked.rerun_script.query_string = query
        began = time.perf_counter()
        await self._socket.send(asked.SerializeToString())
        messages: list[ForwardMsg] = []
        try:
            async with asyncio.timeout(PATIENCE):
                while not messages or not _ended(messages[-1]):
                    message = ForwardMsg()
                    message.ParseFromString(await self._socket.recv())
                    messages.append(message)
                    if message.WhichOneof("type") == "new_session":
                        self._page_hash = message.new_session.page_script_hash
            error = next(filter(None, map(_error, messages)), "")
        except (TimeoutError, websockets.ConnectionClosed) as problem:
            error = type(problem).__name__
        return Answer(page, time.perf_counter() - began, error, messages)


def _kind(message: ForwardMsg) -> str:
    if message.WhichOneof("type") != "delta" or message.delta.WhichOneof("type") != "new_element":
        return ""
    return message.delta.new_element.WhichOneof("type") or ""


def _ended(message: ForwardMsg) -> bool:
    return message.WhichOneof("type") == "script_finished" and message.script_finished in ENDED


def _error(message: ForwardMsg) -> str:
    if _kind(message) == "exception":
        return message.delta.new_element.exception.message or "an exception"
    if message.WhichOneof("type") == "page_not_found":
        return "page not found"
    return ""
