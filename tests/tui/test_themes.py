"""The themes: what is written in a tone can be read."""

from __future__ import annotations

import pytest
from textual.color import Color

from holdfast_tui.app import HoldfastApp

ENOUGH = 4.5
"""The contrast that WCAG 2.2 asks of text (success criterion 1.4.3)."""


def contrast(one: Color, other: Color) -> float:
    """As WCAG 2.2 defines it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: Color) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
@pytest.mark.parametrize("ground", ["background", "panel", "surface"])
def test_every_tone_has_enough_contrast(path, theme, ground):
    colors = HoldfastApp(path).available_themes[theme].to_color_system().generate()
    on = Color.parse(colors[ground])
    tones = {
        name: Color.parse(colors[name])
        for name in ("foreground", "text-warning", "text-primary", "text-success", "text-error")
    }
    if ground != "panel":  # there is nothing muted in the bars
        tones["muted"] = on.blend(tones["foreground"], 0.6)
    assert {name: round(contrast(each, on), 1) for name, each in tones.items() if contrast(each, on) < ENOUGH} == {}
