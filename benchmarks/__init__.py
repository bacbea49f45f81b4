"""Speed and quality, each a command that writes a table into RESULTS.md."""

import lookalike  # noqa: F401 - sets how threads wait, before torch is imported
