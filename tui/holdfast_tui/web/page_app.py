"""The app of one page: ``python -m holdfast_tui.web.page_app DATABASE [--readonly]``, which talks to the server."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from holdfast.text import clean_block
from holdfast_tui.app import HoldfastApp


@contextmanager
def _clean_errors() -> Generator[None]:
    """Remove control characters from everything that is written to standard error."""
    with tempfile.TemporaryFile() as kept:
        terminal = os.dup(2)
        os.dup2(kept.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            kept.seek(0)
            sys.stderr.write(clean_block(kept.read().decode("utf-8", "replace")))
            sys.stderr.flush()


def main(database: str, *options: str) -> int:
    """Run the app until its page is closed or it quits, and return the exit status."""
    with _clean_errors():
        app = HoldfastApp(Path(database), readonly="--readonly" in options)
        app.run()
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
