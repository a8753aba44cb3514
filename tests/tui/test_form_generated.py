"""Screens over generated JSON Schemas: none breaks a form, whatever is pressed in it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from form_desk import Desk, Host, lines, settle
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast_tui.forms.screen import AnswerScreen

# Tests are imported by path, so what they share has to be made importable; behind what this folder has.
sys.path.append(str(Path(__file__).parents[1] / "core"))

from schemas import documents, json_values

KEYS = (
    *("tab", "tab", "shift+tab", "enter", "space", "a", "7", "down", "right", "escape"),
    *("ctrl+o", "ctrl+t", "ctrl+s", "ctrl+n", "ctrl+g", "f3", "f4", "f5", "f9", "alt+down", "pagedown"),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(documents, json_values, st.lists(st.sampled_from(KEYS), max_size=12))
def test_no_schema_and_no_keys_break_a_form(schema, initial, keys):
    asyncio.run(use(schema, initial, keys))


async def use(schema: Any, initial: Any, keys: list[str]) -> None:
    desk = Desk()
    screen = AnswerScreen("Q", schema, desk, initial=initial if isinstance(initial, dict) else None)
    app = Host(screen)
    async with app.run_test(notifications=True) as pilot:
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
        await settle(pilot)
        assert app.is_running
        assert lines(pilot)
