"""The terminal app of Holdfast."""

from __future__ import annotations

from pathlib import Path

from holdfast_tui.terminal.terminal_guard import guarded_terminal


def run_app(database_path: Path | None = None, *, readonly: bool = False, coming: str = "") -> int:
    """Open the app on a database, by default the one from the settings, and return the exit status.

    While it is open, it executes scheduled runs unless another worker does. With ``readonly`` it changes nothing.
    ``coming`` is the text of the empty run list, if runs are about to arrive.
    """
    with guarded_terminal():
        # Each module of the app imports this one, and only the app itself needs Textual.
        from holdfast_tui import app, background_worker

        background = background_worker.Background()
        opened = app.HoldfastApp(database_path, background=background, readonly=readonly, coming=coming)
        try:
            opened.run()
        finally:
            background.stop()
            background.join()
        return opened.return_code or 0
