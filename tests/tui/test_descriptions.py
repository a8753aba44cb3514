# ruff: noqa: E501 - descriptions are as long as they are
"""Every word of a description is on the screen, whatever it is made of and however wide the screen is."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.app import App
from textual.content import Content

from holdfast_tui.forms.prose import Prose
from holdfast_tui.forms.prose_tables import table_lines

pytestmark = pytest.mark.anyio

DESCRIPTIONS = {
    "headings": "# alpha one\n\n## beta\n\n### gamma\n\n#### delta\n\n##### epsilon\n\n###### zeta\n\nSetext\n===\n\nSecond\n---\n",
    "nested lists": "- one\n  - two\n    - three\n      1. four\n      2. five\n\n        paragraph\n- six\n",
    "ordered list": "7. seven\n8. eight\n\n   more text\n",
    "loose list": "* aa\n\n* bb\n\n  cc\n",
    "quote": "> quoted one\n> two\n>\n> > nested quote\n>\n> - list in quote\n",
    "fences": "```\nprint('a long line of code that goes on and on and on, up to its end')\n```\n\n~~~\ntilde\n~~~\n",
    "code": "Before\n\n    indented code with many many words in it up to the far far far end\n    two\n",
    "HTML": '<div class="x">\nblock html\n</div>\n\ninline <b>bold</b> <!-- comment --> text\n',
    "links": "see [the text](http://example.com/a/path?with=query 'title'), <http://auto.link> and [ref][1]\n\n[1]: http://r.e\n",
    "image": "an image ![alt words](http://img.example/x.png) here\n",
    "breaks": "line one  \nline two\\\nline three\nsoft\n\n---\n\nafter\n",
    "escapes": "\\*plain\\* \\# x \\[not a link\\]\n",
    "emphasis": "*it* **bo** ***both*** `code span` ``a ` b`` ~~strike~~ under_score_word\n",
    "no alignment": "| metric | value |\n|---|---|\n| auc | 0.913 |\n| f1 | 0.5 |\n",
    "left": "| metric | value |\n|:--|:--|\n| auc | 0.913 |\n",
    "right": "| metric | value |\n|---|--:|\n| auc | 0.913 |\n",
    "centred": "| metric | value |\n|:-:|:-:|\n| auc | 0.913 |\n",
    "wide table": "| alpha | beta | gamma | delta |\n|---|:-:|--:|:--|\n| some words that wrap | more | 1 | `code` **bold** |\n|short|\n",
    "one column": "| only |\n|---|\n| cell |\n",
    "empty cells": "| a |  | c |\n|---|---|---|\n|  | x |  |\n",
    "no rows": "| first | second |\n|---|---|\n",
    "table in a list": "1. item\n\n   | a | b |\n   |---|---|\n   | c | d |\n",
    "more cells than columns": "| a | b |\n|---|---|\n| one | two | three \\| four | five |\n\n> - x\n>\n>   c|d\n>   -|-\n>   six|seven|eight|\n",
    "what a fence says of its code": "```python title=here &#27;[2J\nbody\n```\n",
    "numbers in numbers": "".join(" " * 3 * level + f"1. step{level}\n" for level in range(7)),
    "quotes in quotes": ">" * 9 + " quoted nine times\n",
    "deeper than the parser goes": "".join("  " * level + f"- item{level}\n" for level in range(40)),
    "quotes deeper than that": ">" * 300 + " quoted for ever\n",
    "long word in headings": "".join(f"{'#' * level} {'h' * 200}{level}\n\n" for level in range(1, 7)),
    "long word": "x" * 300 + " end\n",
    "wide characters": "東京都庁舎 混合 text 漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字 絵文字😀😀 końcówka\n",
    "table of wide characters": "| 東京 | 大阪 |\n|---|---|\n| 漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字 | あ |\n",
}  # fmt: skip


async def shown(texts, width):
    """What stands on the screen of each description."""

    class Page(App):
        def compose(self):
            yield from map(Prose, texts)

    app = Page()
    async with app.run_test(size=(width, 1000)) as pilot:
        await pilot.pause(0.1)
        strips = app.screen._compositor.render_strips()
        lines = ["".join(part.text for part in strip) for strip in strips]
        return ["\n".join(lines[each.region.y : each.region.bottom]) for each in app.query(Prose)]


@pytest.mark.parametrize("width", [20, 33, 60, 80, 200])
async def test_every_word_is_on_the_screen(width):
    for (name, source), text in zip(DESCRIPTIONS.items(), await shown(DESCRIPTIONS.values(), width), strict=True):
        on_screen = re.sub(r"[\s▌]+", "", text)
        missing = [word for word in re.findall(r"\w+", source.replace("&#27;", "�")) if word not in on_screen]
        assert not missing, f"{name} in {width} columns:\n{text}"


async def test_entities_are_what_they_stand_for_and_never_a_control_character():
    (text,) = await shown(["&copy; &amp; &#65; &lt;b&gt; &#27;[2J &#x9b;1m &#x202e;x"], 60)
    assert "© & A <b> �[2J �1m �x" in text


WORDS = st.text("abcdefgh漢é", min_size=1, max_size=12)
CELLS = st.lists(WORDS, max_size=4).map(" ".join)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(1, 6).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1, max_size=4)), st.integers(20, 120))  # fmt: skip
def test_a_table_of_any_width_has_all_its_words_and_fits(rows, width):
    contents = [[Content(cell) for cell in row] for row in rows]
    lines = table_lines(contents[0], contents[1:], [False] * len(rows[0]), width)
    assert all(line.cell_length <= width for line in lines)
    words = " ".join(line.plain for line in lines)
    assert all(word in words for row in rows[1:] for cell in row for word in cell.split())
