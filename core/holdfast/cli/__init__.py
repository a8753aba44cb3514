"""The command line."""

from __future__ import annotations


def main() -> None:
    """Run the command that the arguments of this process name, and exit."""
    from holdfast.cli.app import app

    app()
