"""The terminal app of Holdfast."""

from __future__ import annotations

from pathlib import Path


def run_app(database_path: Path | None = None, *, readonly: bool = False, coming: str = "") -> int:
    """Open the app on a database, by default the one of the settings; gives the exit status.

    While it is open it executes what is scheduled, unless another worker does. With ``readonly`` it changes nothing.
    ``coming`` is what is said of runs that are about to come, while there are none.
    """
    from holdfast_tui.terminal.terminal_guard import guarded_terminal

    with guarded_terminal():
        from holdfast_tui.app import HoldfastApp
        from holdfast_tui.background_worker import Background

        background = Background()
        app = HoldfastApp(database_path, background=background, readonly=readonly, coming=coming)
        try:
            app.run()
        finally:
            background.stop()
            background.join()
        return app.return_code or 0
