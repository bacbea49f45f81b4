"""Parts of a page of HTML that needs nothing else; every text in them is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

STYLE = """
body { font: 16px/1.5 "Source Sans 3", "Source Sans Pro", "Segoe UI", sans-serif; color: #1f2937;
  max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.3; } h2 { font-size: 1.2rem; margin-top: 2rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #e5e7eb;
  vertical-align: top; } .number { text-align: right; }
.quiet { color: #6b7280; font-size: .9rem; } .caution { border-left: 4px solid #D55E00;
  padding-left: 1rem; } code { overflow-wrap: anywhere; }
@media print { body { margin: 0; font-size: 11pt; } h2 { break-after: avoid; }
  tr, li { break-inside: avoid; } .wide { overflow: visible; } }
"""


def page(title: str, body: Iterable[str]) -> str:
    """Return a whole page."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{text(title)}</title><style>{STYLE}</style></head><body>{''.join(body)}</body></html>"
    )


def text(value: object) -> str:
    """Escape a value."""
    return escape(str(value))


def words(sentence: str, kind: str = "") -> str:
    """Return a paragraph; kind is a class of the style: quiet, caution."""
    return f"<p{f' class={kind}' if kind else ''}>{text(sentence)}</p>"


def items(sentences: Iterable[str]) -> str:
    """Return a list."""
    return f"<ul>{''.join(f'<li>{text(sentence)}</li>' for sentence in sentences)}</ul>"


def section(title: str, parts: Iterable[str]) -> list[str]:
    """Return parts under a heading."""
    return [f"<h2>{text(title)}</h2>", *parts]


def facts(rows: Sequence[tuple[str, Any]]) -> str:
    """Lay facts out, leaving out those that are not known."""
    cells = "".join(
        f"<tr><th scope=row>{text(name)}</th>"
        f"<td>{text(f'{value:,}' if isinstance(value, int) else value)}</td></tr>"
        for name, value in rows
        if value is not None
    )
    return f'<div class="wide"><table><tbody>{cells}</tbody></table></div>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: bool = False) -> str:
    """Return a table of text; of numbers, when they are to stand to the right."""
    kind = " class=number" if numbers else ""
    top = "".join(f"<th{kind}>{text(name)}</th>" for name in head)
    cells = "".join(
        f"<tr>{''.join(f'<td{kind}>{text(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{cells}</tbody></table></div>'
