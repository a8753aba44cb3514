"""Draw a screen as SVG: text as text, in the reader's own font; lines and blocks as shapes, so that they join."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

WIDTH, HEIGHT = 8.4, 19
"""The size of a cell. Most monospace fonts advance by 0.6 of their size; ``textLength`` makes the others do so, too."""
SIZE, BASELINE = 14, 14
FONTS = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
MARGIN, BAR = 10, 28

_LINES = {
    "─": "lr", "│": "ud", "┌": "rd", "┐": "ld", "└": "ru", "┘": "lu", "├": "udr", "┤": "udl", "┬": "lrd", "┴": "lru",
    "┼": "lrud", "╭": "rd", "╮": "ld", "╰": "ru", "╯": "lu",
}  # fmt: skip
_BLOCKS = {
    **{each: (0, 0, (index + 1) / 8, 1) for index, each in enumerate("▏▎▍▌▋▊▉█")},
    **{each: (0, 1 - (index + 1) / 8, 1, (index + 1) / 8) for index, each in enumerate("▁▂▃▄▅▆▇")},
    "▐": (0.5, 0, 0.5, 1), "▕": (0.875, 0, 0.125, 1), "▔": (0, 0, 1, 0.125), "▀": (0, 0, 1, 0.5),
}  # fmt: skip
_BARS = {
    "━": ((0, 1),), "╸": ((0, 0.5),), "╺": ((0.5, 0.5),), "╍": ((0.08, 0.34), (0.58, 0.34)),
    "┄": ((0.06, 0.21), (0.39, 0.21), (0.73, 0.21)),
}  # fmt: skip
"""The start and the length of each dash in a timeline's bars."""
_THICK, _THIN = 3, 1
# Words with single spaces between them are one text. A symbol that fonts draw in another width is a text of its own.
_PARTS = re.compile(r"[ -~\u00a0-\u017f€…·]+?(?=\s{2}|$|[^ -~\u00a0-\u017f€…·])|\s+|.")


def draw(strips: Sequence[Strip], columns: int, ground: str) -> str:
    """Draw the screen that the strips show, in a window with the background color ``ground``."""
    return "\n".join(_Picture(strips, columns, ground).document())


class _Picture:
    def __init__(self, strips: Sequence[Strip], columns: int, ground: str) -> None:
        self._size = (columns, len(strips))
        self._ground = ground
        self._grounds: dict[tuple[int, int, str], list[list[int]]] = defaultdict(list)
        self._shapes: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._texts: dict[str, list[str]] = defaultdict(list)
        for y, strip in enumerate(strips):
            x = 0
            for segment in strip.simplify():
                if segment.text and segment.style is not None and not segment.control:
                    self._segment(x, y, segment.text, segment.style)
                    x += cell_len(segment.text)

    # Reading the strips.

    def _segment(self, x: int, y: int, text: str, style: Style) -> None:
        fill, ground = _colors(style)
        if ground != self._ground:
            self._fill(x, y, x + cell_len(text), ground)
        look = f'fill="{fill}"' + ' font-weight="bold"' * bool(style.bold) + ' font-style="italic"' * bool(style.italic)
        for part in _PARTS.findall(text):
            if part in _LINES:
                self._shapes["stroke", fill].append(_line(x, y, part))
            elif part in _BLOCKS:
                self._shapes["fill", fill].append(_block(x, y, part))
            elif part in _BARS:
                self._shapes["fill", fill].append(_bar(x, y, part))
            elif words := part.strip(" "):
                self._texts[look].append(_text(x + part.index(words), y, words, cell_len(words)))
            x += cell_len(part)

    def _fill(self, start: int, y: int, end: int, ground: str) -> None:
        """Fill cells. A rectangle directly below an equal one extends that one."""
        above = self._grounds[start, end, ground]
        if above and above[-1][1] == y:
            above[-1][1] = y + 1
        else:
            above.append([y, y + 1])

    # Writing the SVG.

    def document(self) -> Iterator[str]:
        """Yield the lines of the SVG."""
        columns, rows = self._size
        width, height = columns * WIDTH + 2 * MARGIN, rows * HEIGHT + BAR + MARGIN
        size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
        yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FONTS}" font-size="{SIZE}">'
        frame = f'width="{width - 1:g}" height="{height - 1:g}" rx="8" fill="{self._ground}" stroke="#3d4248"'
        yield f'<rect x="0.5" y="0.5" {frame}/>'
        for index in range(3):
            yield f'<circle cx="{18 + 18 * index}" cy="{BAR / 2:g}" r="5" fill="#4a5056"/>'
        yield f'<g transform="translate({MARGIN} {BAR})">'
        yield '<g shape-rendering="crispEdges">'
        for (start, end, ground), spans in self._grounds.items():
            for top, bottom in spans:
                at = f'x="{start * WIDTH:.4g}" y="{top * HEIGHT}" width="{(end - start) * WIDTH:.4g}"'
                yield f'<rect {at} height="{(bottom - top) * HEIGHT}" fill="{ground}"/>'
        yield "</g>"
        for (kind, color), paths in self._shapes.items():
            other = 'fill="none"' if kind == "stroke" else 'shape-rendering="crispEdges"'
            yield f'<path {kind}="{color}" {other} d="{"".join(paths)}"/>'
        yield '<g xml:space="preserve">'
        for look, texts in self._texts.items():
            yield f"<g {look}>{''.join(texts)}</g>"
        yield "</g>\n</g>\n</svg>\n"


def _colors(style: Style) -> tuple[str, str]:
    """Return the visible colors of the text and the background."""
    fill = style.color.get_truecolor().hex if style.color else "#e0e0e0"
    ground = style.bgcolor.get_truecolor().hex if style.bgcolor else "#121212"
    return (ground, fill) if style.reverse else (fill, ground)


def _text(x: int, y: int, text: str, width: int) -> str:
    top = y * HEIGHT + BASELINE
    if len(text) == 1 and not text.isascii():
        return f'<text x="{(x + width / 2) * WIDTH:.5g}" y="{top}" text-anchor="middle">{escape(text)}</text>'
    return f'<text x="{x * WIDTH:.5g}" y="{top}" textLength="{width * WIDTH:.5g}">{escape(text)}</text>'


def _line(x: int, y: int, char: str) -> str:
    """Return a path from side to side, which is round if the character is."""
    left, top = x * WIDTH, y * HEIGHT
    middle = (left + WIDTH / 2, top + HEIGHT / 2)
    ends = {
        "l": (left, middle[1]), "r": (left + WIDTH, middle[1]), "u": (middle[0], top), "d": (middle[0], top + HEIGHT)
    }  # fmt: skip
    first, *others = (ends[side] for side in _LINES[char])
    if char in "╭╮╰╯":
        return f"M{_point(first)}Q{_point(middle)} {_point(others[0])}"
    return "".join(f"M{_point(end)}L{_point(middle)}" for end in (first, *others))


def _block(x: int, y: int, char: str) -> str:
    left, top, width, height = _BLOCKS[char]
    corner = ((x + left) * WIDTH, (y + top) * HEIGHT)
    return f"M{_point(corner)}h{width * WIDTH:.4g}v{height * HEIGHT:.4g}h{-width * WIDTH:.4g}z"


def _bar(x: int, y: int, char: str) -> str:
    """Return a path around the dashes of a bar."""
    thick = _THIN if char == "┄" else _THICK
    top = y * HEIGHT + (HEIGHT - thick) / 2
    dashes = (((x + start) * WIDTH, length * WIDTH) for start, length in _BARS[char])
    return "".join(f"M{_point((left, top))}h{width:.4g}v{thick}h{-width:.4g}z" for left, width in dashes)


def _point(point: tuple[float, float]) -> str:
    return f"{point[0]:.5g} {point[1]:.5g}"
