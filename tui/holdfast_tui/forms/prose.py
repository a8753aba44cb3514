"""Markdown from a flow, shown as text: nothing in it can be followed, fetched or obeyed."""

from __future__ import annotations

from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Markdown
from textual.widgets.markdown import MarkdownBlock
from typing_extensions import override

from holdfast.text import clean, clean_block
from holdfast_tui.forms.prose_tables import table_lines

_ACTING = ["link", "image", "autolink", "linkify", "reference", "html_inline", "html_block"]


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table").disable(_ACTING, ignoreInvalid=True)
    parser.core.ruler.push("clean", _clean)
    return parser


def _clean(state: StateCore) -> None:
    """Clean what was not in the source: `&#27;` becomes an escape character as it is parsed."""
    for token in state.tokens:
        for each in token.children or ():
            each.content = clean(each.content)


class ProseTable(MarkdownBlock):
    """A table. Textual's own has tooltips, which would read as markup what a flow wrote, and cuts what is wide."""

    @override
    def compose(self) -> ComposeResult:
        yield from ()

    @override
    def render(self) -> Content:
        return Content("\n").join(self._lines(self.size.width))

    @override
    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def _lines(self, width: int) -> list[Content]:
        cells = [each for each in _below(self) if each._token.type in ("th_open", "td_open")]
        heads = [each for each in cells if each._token.type == "th_open"]
        found = [each._content for each in cells[len(heads) :]]
        rows = [found[at : at + len(heads)] for at in range(0, len(found), len(heads) or 1)]
        to_right = ["right" in str(each._token.attrs.get("style", "")) for each in heads]
        return table_lines([each._content for each in heads], rows, to_right, width)


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
        & ProseTable { width: 1fr; height: auto; margin-bottom: 1; text-wrap: nowrap; }
        & MarkdownFence { overflow: hidden; }
        & MarkdownFence > Label { width: 1fr; }
    }
    """

    def __init__(self, text: str) -> None:
        super().__init__(clean_block(text), parser_factory=_parser, open_links=False)
