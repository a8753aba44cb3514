"""The terminal app of Holdfast."""

from __future__ import annotations

from pathlib import Path

from holdfast_tui.terminal.terminal_guard import guarded_terminal


def run_app(database_path: Path | None = None, *, readonly: bool = False, coming: str = "") -> int:
    """Open the app on a database, by default the one of the settings; gives the exit status.

    While it is open it executes what is scheduled, unless another worker does. With ``readonly`` it changes nothing.
    ``coming`` is what is said of runs that are about to come, while there are none.
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
