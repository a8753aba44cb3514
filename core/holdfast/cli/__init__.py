"""The command line."""

from __future__ import annotations

from holdfast.cli import app


def main() -> None:
    """Run the command that the arguments of this process name, and exit."""
    app.app()
