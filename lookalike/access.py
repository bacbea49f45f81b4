"""Who may do what: three roles, by e-mail address."""

from __future__ import annotations

import enum
import hashlib
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from lookalike.errors import LookalikeError
from lookalike.settings import Settings
from lookalike.workspace import Workspace


class Role(enum.IntEnum):
    """What somebody may do; each role may also do what those before it may."""

    VIEWER = 1
    ANALYST = 2
    ADMINISTRATOR = 3

    @property
    def title(self) -> str:
        """The role as a word."""
        return self.name.lower()


# the least role for each action
ACTIONS = {
    "look": Role.VIEWER,
    "expand": Role.ANALYST,
    "compare": Role.ANALYST,
    "experiment": Role.ANALYST,
    "lists": Role.ANALYST,
    "export": Role.ANALYST,
    "import": Role.ADMINISTRATOR,
    "learn": Role.ADMINISTRATOR,
    "forget": Role.ADMINISTRATOR,
    "remove": Role.ADMINISTRATOR,
    "backup": Role.ADMINISTRATOR,
    "audit": Role.ADMINISTRATOR,
}
WORDS = {
    "look": "look around",
    "expand": "expand seed lists",
    "compare": "compare methods",
    "experiment": "keep readouts and plans",
    "lists": "change seed lists",
    "export": "download audiences and results",
    "import": "import data",
    "learn": "learn embeddings",
    "forget": "delete a person's data",
    "remove": "remove data",
    "backup": "back up the workspace",
    "audit": "see who did what",
}
OF_RUN = {
    "expand": "expand",
    "advise": "expand",
    "batch": "expand",
    "compare": "compare",
    "embed": "learn",
    "prepare": "learn",
    "pretrain": "learn",
    "import": "import",
}
# a large cookie is spread over several, whose names end in numbers
COOKIE = re.compile(r"_streamlit_user(_\d+)?")


class NotAllowed(LookalikeError):
    """Somebody's role does not reach so far."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody at work.

    Attributes:
        name: The e-mail address that they signed in with; without sign-in, who runs the program.
        role: What they may do.
    """

    name: str
    role: Role

    def may(self, action: str) -> bool:
        """Whether they may do something."""
        return may(self.role, action)

    def demand(self, action: str) -> None:
        """Stop here unless they may do something.

        Raises:
            NotAllowed: They may not.
        """
        if not self.may(action):
            raise NotAllowed(
                f"You are here as {self.role.title}, and may not {WORDS[action]}.",
                f"It takes the role of {ACTIONS[action].title}; ask an administrator for it.",
            )


def may(role: Role, action: str) -> bool:
    """Whether a role reaches so far; `action` is one of `ACTIONS`."""
    return role >= ACTIONS[action]


class Looking(Workspace):
    """A workspace as viewers get it: whatever would change it is refused."""

    def __init__(self, store: Workspace) -> None:
        """Share the file of an open workspace."""
        super().__init__(store.path, store._connection, store.settings)  # noqa: SLF001 - the same file

    def write(self) -> NoReturn:
        """Refuse to write.

        Raises:
            NotAllowed: Always.
        """
        raise NotAllowed(
            "You are here to look, and may not change anything.",
            f"It takes the role of {Role.ANALYST.title}; ask an administrator for it.",
        )


def role_of(email: str, settings: Settings) -> Role | None:
    """Return the role of somebody who signed in, or None where they are not let in.

    Args:
        email: The address that the provider vouches for; capitals do not matter.
        settings: Its `administrators`, `analysts` and `allowed` say who is who.
    """
    if _among(email, settings.administrators):
        return Role.ADMINISTRATOR
    if _among(email, settings.analysts):
        return Role.ANALYST
    return Role.VIEWER if _among(email, settings.allowed) else None


def _among(email: str, people: tuple[str, ...]) -> bool:
    email = email.strip().lower()
    name, at, domain = email.rpartition("@")
    if not (name and at and domain):
        return False
    return any(one in ("*", email, f"@{domain}") for one in people)


class Passes:
    """Which sign-in cookies were checked in this process, and whose they are.

    The pages check them, where the signature is verified; whoever serves files and takes uploads
    asks here. Only hashes of cookies are kept.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, tuple[Visitor, float]] = {}
        self._ended: dict[str, float] = {}

    def admit(self, cookies: Mapping[str, str], visitor: Visitor, until: float) -> bool:
        """Remember whose cookies these are; return whether that is new.

        Args:
            cookies: All cookies of the browser.
            visitor: Who signed in.
            until: When that ends, in seconds as `time.time()` counts them.
        """
        mark = _mark(cookies)
        if mark is None:
            return False
        with self._lock:
            now = time.time()
            self._held = {key: held for key, held in self._held.items() if held[1] > now}
            self._ended = {key: end for key, end in self._ended.items() if end > now}
            new = mark not in self._held
            self._held[mark] = (visitor, until)
        return new

    def holder(self, cookies: Mapping[str, str]) -> Visitor | None:
        """Return whose cookies these are; None for a stranger's."""
        held = self._held.get(_mark(cookies) or "")
        return held[0] if held and held[1] > time.time() else None

    def end(self, cookies: Mapping[str, str], until: float) -> None:
        """Sign out: a copy of these cookies is worth nothing from now on."""
        mark = _mark(cookies)
        if mark is not None:
            with self._lock:
                self._held.pop(mark, None)
                self._ended[mark] = until

    def ended(self, cookies: Mapping[str, str]) -> bool:
        """Whether somebody signed out with these cookies."""
        return (_mark(cookies) or "") in self._ended


def _mark(cookies: Mapping[str, str]) -> str | None:
    """Return a hash of the sign-in cookies; None where there are none."""
    signed = sorted((name, value) for name, value in cookies.items() if COOKIE.fullmatch(name))
    return hashlib.sha256(repr(signed).encode()).hexdigest() if signed else None


PASSES = Passes()
