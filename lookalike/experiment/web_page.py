"""A readout as one file that opens in any browser, without a network."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import pandas as pd
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from lookalike.experiment import tables
from lookalike.experiment.report import Readout
from lookalike.experiment.sections import ABOUT, Section, closer, headline, overall

STYLE = """
body { font: 16px/1.5 "Source Sans 3", "Source Sans Pro", "Segoe UI", sans-serif; color: #1f2937;
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.3; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
.blocked { border-left: 4px solid #D55E00; padding-left: 1rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #e5e7eb;
  white-space: nowrap; }
.quiet { color: #6b7280; font-size: .9rem; } summary { cursor: pointer; }
"""


def to_html(readout: Readout, name: str) -> str:
    """Return the readout as a page of HTML that needs nothing else.

    Of days, segments and scores it shows the metric that decided; every other number is in the
    JSON report.

    Args:
        readout: What to show.
        name: What it is called.
    """
    blocked = readout.srm.status == "blocked"
    level = f"{100 * (1 - readout.alpha):g} % intervals"
    about = f"{escape(name)}: {readout.users:,} users, control {escape(readout.control)}, {level}."
    body = [
        f"<h1{' class=blocked' if blocked else ''}>{escape(readout.verdict)}</h1>",
        f'<p class="quiet">{about}</p>',
        *_verdicts(readout),
        *_checks(readout),
    ]
    if readout.comparisons:
        if blocked:
            body.append("<h2>The numbers all the same (not to be acted on)</h2>")
        frame = readout.to_frame()
        body += [
            _chart(readout.figure(), "Relative difference from the control by metric"),
            _table(tables.lifts(frame)),
            "<h2>With every caution</h2>",
            _table(tables.cautions(frame)),
        ]
        metric = headline(readout)
        for comparison in readout.comparisons:
            if metric is not None and any(r.metric == metric for r in comparison.metrics):
                several = len(readout.comparisons) > 1
                body += _sections(
                    closer(readout, comparison.treatment, metric),
                    comparison.treatment if several else "",
                )
        body += _sections(overall(readout), "")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(name)}</title><style>{STYLE}</style>"
        f"<script>{get_plotlyjs()}</script></head><body>{''.join(body)}</body></html>"
    )


def _verdicts(readout: Readout) -> list[str]:
    if len(readout.verdicts) < 2:
        return []
    items = "".join(f"<li>{escape(verdict.sentence)}</li>" for verdict in readout.verdicts)
    return [f"<ul>{items}</ul>"]


def _checks(readout: Readout) -> list[str]:
    failed = [escape(check.message) for check in readout.checks if not check.passed]
    passed = [escape(check.message) for check in readout.checks if check.passed]
    found = ["<h2>Checks of the data</h2>"]
    if readout.srm.p_value is not None:
        found.append(_table(tables.split(readout.srm)))
        found.append(
            '<p class="quiet">How often chance alone splits so unevenly (p): '
            f"{escape(tables.p_value(readout.srm.p_value))}.</p>"
        )
    if failed:
        found.append(f"<ul>{''.join(f'<li>{message}</li>' for message in failed)}</ul>")
    items = "".join(f"<li>{message}</li>" for message in passed)
    found.append(f"<details><summary>Checks passed ({len(passed)})</summary><ul>{items}</ul></details>")
    return found


def _sections(sections: Iterable[Section], of: str) -> list[str]:
    found = []
    for section in sections:
        found.append(f"<h2>{escape(section.title)}{escape(f': {of}' if of else '')}</h2>")
        found += [f"<p>{escape(sentence)}</p>" for sentence in section.words]
        if section.figure is not None:
            found.append(_chart(section.figure, section.alt))
        if section.caution:
            found.append(f'<p class="quiet">{escape(section.caution)}</p>')
        found.append(_table(section.table))
    return found


def _chart(figure: go.Figure, alt: str) -> str:
    drawn = figure.to_html(
        full_html=False, include_plotlyjs=False, config={"displayModeBar": False, "responsive": True}
    )
    return f'<div role="img" aria-label="{escape(alt)}">{drawn}</div>'


def _table(table: pd.DataFrame) -> str:
    if table.empty:
        return ""
    head = "".join(
        f'<th title="{escape(ABOUT.get(str(name), ""))}">{escape(str(name))}</th>' for name in table
    )
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>"
        for row in table.itertuples(index=False)
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
