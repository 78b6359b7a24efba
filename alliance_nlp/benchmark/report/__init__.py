"""Make reports: one page to look at, and tables for a paper, from what was measured."""

from alliance_nlp.benchmark.report.report import (
    html_report,
    latex_tables,
    markdown_tables,
    write_report,
)

__all__ = ["html_report", "latex_tables", "markdown_tables", "write_report"]
