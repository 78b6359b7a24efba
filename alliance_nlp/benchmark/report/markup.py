"""Make Markdown and LaTeX of tables, whatever their cells hold."""

import re
from collections.abc import Iterable, Sequence

from alliance_nlp.benchmark.report.cells import Cell, Table

_VERDICTS = {"": "", "better": " ▲", "worse": " ▼"}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~$&!])")
_LATEX = {
    "\\": r"\textbackslash{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "[": "{[}",  # after a line's end it would begin an option
    "]": "{]}",
    "–": "--",
    "−": r"\ensuremath{-}",
    "▲": r"\ensuremath{\uparrow}",
    "▼": r"\ensuremath{\downarrow}",
    "“": "``",
    "”": "''",
    "’": "'",
}


def markdown(table: Table) -> str:
    r"""Return a table in GitHub's Markdown, its caption above and its footnotes below.

    >>> from alliance_nlp.benchmark.report.cells import Group
    >>> rows = ((Cell("a|b"), Cell("0.5", "0.4–0.6", best=True)),)
    >>> print(markdown(Table("t", "Recall.", ("Code", "Recall"), (Group("", rows),))))
    Recall.
    <BLANKLINE>
    | Code | Recall |
    | --- | ---: |
    | a\|b | **0.5** (0.4–0.6) |
    """
    lines = [
        _markdown(table.caption),
        "",
        _row(map(_markdown, table.columns)),
        _row(["---", *("---:" for _ in table.columns[1:])]),
    ]
    for group in table.groups:
        if group.heading:
            lines.append(_row([f"*{_markdown(group.heading)}*", *("" for _ in table.columns[1:])]))
        lines += [_row(_markdown_cell(cell, table) for cell in row) for row in group.rows]
    notes = [f"<sup>{mark}</sup> {_markdown(reason)}" for reason, mark in table.footnotes.items()]
    if table.common_reason:
        notes = [_markdown(_sentence(table.common_reason))]
    return "\n".join([*lines, *(["", "; ".join(notes)] if notes else [])])


def latex(table: Table) -> str:
    r"""Return a table for LaTeX with booktabs and longtable, to be referred to as `tab:NAME`.

    >>> from alliance_nlp.benchmark.report.cells import Group
    >>> rows = ((Cell("a&b"), Cell("0.5", "0.4–0.6", best=True)),)
    >>> print(latex(Table("t", "Recall.", ("Code", "Recall"), (Group("", rows),))))
    \begin{longtable}{lr}
    \caption{Recall.}\label{tab:t}\\
    \toprule
    Code & Recall \\
    \midrule
    \endfirsthead
    \toprule
    Code & Recall \\
    \midrule
    \endhead
    \bottomrule
    \endfoot
    a\&b & \shortstack[r]{\textbf{0.5}\\{\tiny 0.4--0.6}} \\
    \end{longtable}
    """
    n_columns = len(table.columns)
    heading = f"{' & '.join(map(_latex, table.columns))} \\\\"
    head = ["\\toprule", heading, "\\midrule"]
    lines = [
        f"\\begin{{longtable}}{{l{'r' * (n_columns - 1)}}}",
        f"\\caption{{{_latex(table.caption)}}}\\label{{tab:{table.name}}}\\\\",
        *head,
        "\\endfirsthead",
        *head,
        "\\endhead",
        "\\bottomrule",
        *_latex_notes(table, n_columns),
        "\\endfoot",
    ]
    for number, group in enumerate(table.groups):
        if group.heading:
            lines += ["\\addlinespace"] if number else []
            of_all = f"{{\\emph{{{_latex(group.heading)}}}}} \\\\"
            lines.append(f"\\multicolumn{{{n_columns}}}{{l}}{of_all}")
        lines += [
            f"{' & '.join(_latex_cell(cell, table) for cell in row)} \\\\" for row in group.rows
        ]
    return "\n".join([*lines, "\\end{longtable}"])


def _markdown_cell(cell: Cell, table: Table) -> str:
    text = _markdown(cell.text)
    if cell.best:
        text = f"**{text}**"
    if mark := table.footnotes.get(cell.reason):
        text += f"<sup>{mark}</sup>"
    interval = f" ({cell.interval})" if cell.interval else ""
    return f"{text}{interval}{_VERDICTS[cell.verdict]}"


def _latex_cell(cell: Cell, table: Table) -> str:
    text = _latex(cell.text)
    if cell.best:
        text = f"\\textbf{{{text}}}"
    if mark := table.footnotes.get(cell.reason):
        text += f"\\textsuperscript{{{mark}}}"
    text += _latex(_VERDICTS[cell.verdict])
    if cell.interval:
        return f"\\shortstack[r]{{{text}\\\\{{\\tiny {_latex(cell.interval)}}}}}"
    return text


def _latex_notes(table: Table, n_columns: int) -> Sequence[str]:
    notes = [
        f"\\textsuperscript{{{mark}}} {_latex(reason)}" for reason, mark in table.footnotes.items()
    ]
    if table.common_reason:
        notes = [_latex(_sentence(table.common_reason))]
    return [f"\\multicolumn{{{n_columns}}}{{l}}{{\\scriptsize {note}}} \\\\" for note in notes]


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}."


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _markdown(text: str) -> str:
    return (
        _MARKDOWN.sub(r"\\\1", " ".join(text.split())).replace("\\<", "&lt;").replace("\\>", "&gt;")
    )


def _latex(text: str) -> str:
    return "".join(_LATEX.get(sign, sign) for sign in " ".join(text.split()))
