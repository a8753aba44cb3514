"""Names for runs."""

from __future__ import annotations


def run_name() -> str:
    """Two words for a new run."""
    import coolname

    return str(coolname.generate_slug(2))
