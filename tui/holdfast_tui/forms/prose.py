"""Markdown from a flow, shown as text. No link in it works, nothing is fetched or executed, and no word is lost.

Text that is nested too deeply for the width of the screen or for the parser is shown as it was written.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import escapedSplit, getLine, table
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from textual.app import ComposeResult
from textual.content import Content
from textual.events import Resize
from textual.geometry import Size
from textual.widgets import Label, Markdown, Static
from textual.widgets.markdown import MarkdownBlock, MarkdownFence
from typing_extensions import override

from holdfast.text import clean, clean_block
from holdfast_tui.forms.prose_tables import table_lines

_ACTING = ["link", "image", "autolink", "linkify", "reference", "html_inline", "html_block"]


_DEEPEST = 20
"""The parser's maximum nesting. It drops what is deeper, because deeper widgets would soon take seconds."""
_READABLE = 8
"""The minimum width for words next to their indent."""
_QUOTED, _BULLET, _AROUND_NUMBER = 3, 2, 3
"""The indents of a quote, of a list item, and of a numbered list item in addition to its number."""


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable("table").disable(_ACTING, ignoreInvalid=True)
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    parser.core.ruler.push("clean", _clean)
    return parser


def _table(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """Parse a table without losing cells: cells without a column are added to the last one, as they were written."""
    known = len(state.tokens)
    if silent or not table(state, first, end, silent=False):
        return silent and table(state, first, end, silent=True)
    rows = [at for at in range(known, len(state.tokens)) if state.tokens[at].type == "tr_open"]
    for begins, ends in zip(rows, [*rows[1:], len(state.tokens)], strict=True):
        cells = [each for each in state.tokens[begins:ends] if each.type == "inline"]
        line = getLine(state, (state.tokens[begins].map or [first])[0]).strip().removeprefix("|").removesuffix("|")
        cells[-1].content = " | ".join([cells[-1].content, *map(str.strip, escapedSplit(line)[len(cells) :])])
    return True


def _clean(state: StateCore) -> None:
    """Clean the parsed text, because parsing turns `&#27;` into an escape character."""
    for token in state.tokens:
        for each in token.children or ():
            each.content = clean(each.content)


def _columns_needed(tokens: Sequence[Token]) -> float:
    """Return the width that makes the most deeply nested text readable."""
    indents, most = [0], 0
    for token in tokens:
        if token.level >= _DEEPEST - 1:
            return math.inf
        if token.type in ("blockquote_open", "list_item_open"):
            indents.append(indents[-1] + _indent(token))
            most = max(most, indents[-1])
        elif token.type in ("blockquote_close", "list_item_close"):
            indents.pop()
    return most + _READABLE if most else 0


def _indent(token: Token) -> int:
    if token.type == "blockquote_open":
        return _QUOTED
    return len(token.info) + _AROUND_NUMBER if token.info else _BULLET


class ProseTable(MarkdownBlock):
    """A table. Textual's own has tooltips that would parse a flow's text as markup, and it cuts wide tables."""

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


class ProseFence(MarkdownFence):
    """A code block, below the info text of its fence, which is part of the description too."""

    @override
    def compose(self) -> ComposeResult:
        if self._token.info.strip():
            yield Label(Content(clean(self._token.info.strip())), classes="info")
        yield from super().compose()


def _below(block: MarkdownBlock) -> Iterator[MarkdownBlock]:
    for each in block._blocks:
        yield each
        yield from _below(each)


class Prose(Markdown):
    """A description. Links stay as they were written, so that their targets are visible."""

    BLOCKS = {**Markdown.BLOCKS, "table_open": ProseTable, "fence": ProseFence}  # noqa: RUF012 - Textual declares it so

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
        & MarkdownHeader { width: 1fr; }
        & MarkdownFence { overflow: hidden; }
        & MarkdownFence > Label { width: 1fr; }
        & MarkdownFence > .info { color: $foreground 60%; padding: 0 2; }
        & > #source { display: none; }
        &.-as-written > MarkdownBlock { display: none; }
        &.-as-written > #source { display: block; }
    }
    """

    def __init__(self, text: str) -> None:
        self._text = clean_block(text)
        self._needs = _columns_needed(_parser().parse(self._text))
        super().__init__("" if math.isinf(self._needs) else self._text, parser_factory=_parser, open_links=False)

    @override
    def compose(self) -> ComposeResult:
        yield Static(Content(self._text), id="source")

    def on_resize(self, event: Resize) -> None:
        """Show the text as it was written while the width is too small."""
        self.set_class(event.size.width < self._needs, "-as-written")
