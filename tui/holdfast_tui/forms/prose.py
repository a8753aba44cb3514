"""Markdown from a flow, shown as text: nothing in it can be followed, fetched or obeyed."""

from __future__ import annotations

from collections.abc import Iterator

from markdown_it import MarkdownIt
from textual.app import ComposeResult
from textual.layout import Layout
from textual.layouts.grid import GridLayout
from textual.widget import Widget
from textual.widgets import Markdown, Static
from textual.widgets.markdown import MarkdownBlock
from typing_extensions import override

from holdfast.text import clean_block

_ACTING = ["link", "image", "autolink", "linkify", "reference", "html_inline", "html_block"]
_SMUGGLING = ["entity"]  # `&#27;` would become an escape character after the text was cleaned


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table").disable([*_ACTING, *_SMUGGLING], ignoreInvalid=True)


class TableCells(Widget):
    """Cells side by side, each column as wide as it needs to be."""

    def pre_layout(self, layout: Layout) -> None:
        """Share what room there is, by need."""
        assert isinstance(layout, GridLayout)
        layout.auto_minimum = layout.shrink = layout.stretch_height = True


class ProseTable(MarkdownBlock):
    """A table. Textual's own has tooltips, which would read as markup what a flow wrote."""

    @override
    def compose(self) -> ComposeResult:
        cells = [each for each in _below(self) if each._token.type in ("th_open", "td_open")]
        columns = sum(each._token.type == "th_open" for each in cells)
        with TableCells() as table:
            table.styles.grid_size_columns = columns
            for each in cells:
                head = "head" if each._token.type == "th_open" else ""
                right = "right" if "right" in str(each._token.attrs.get("style", "")) else ""
                yield Static(each._content, classes=f"{head} {right}")


def _below(block: MarkdownBlock) -> Iterator[MarkdownBlock]:
    for each in block._blocks:
        yield each
        yield from _below(each)


class Prose(Markdown):
    """A description. Links stay as they were written, so that one sees where they would lead."""

    BLOCKS = {**Markdown.BLOCKS, "table_open": ProseTable}  # noqa: RUF012 - Textual declares it so

    DEFAULT_CSS = """
    Prose {
        height: auto;
        padding: 0 2;
        margin: 0 0 1 0;
        background: transparent;
        & > MarkdownBlock:last-child { margin-bottom: 0; }
        & > MarkdownHeader { color: $foreground; background: transparent; text-style: bold; margin: 1 0 0 0; }
        & > MarkdownH1 { content-align: left middle; }
        & > MarkdownHeader:first-child { margin-top: 0; }
        & MarkdownBullet { color: $foreground 60%; }
        & MarkdownBlock:dark > .code_inline { color: $foreground; background: $foreground 10%; }
        & MarkdownBlock:light > .code_inline { color: $foreground; background: $foreground 10%; }
        & > ProseTable { width: 1fr; height: auto; margin-bottom: 1; }
        & TableCells { width: auto; height: auto; layout: grid; grid-columns: auto; grid-rows: auto; grid-gutter: 0 3; }
        & TableCells > Static { width: auto; height: auto; }
        & TableCells > .head { color: $foreground 60%; }
        & TableCells > .right { text-align: right; width: 1fr; }
    }
    """

    def __init__(self, text: str) -> None:
        super().__init__(clean_block(text), parser_factory=_parser, open_links=False)
