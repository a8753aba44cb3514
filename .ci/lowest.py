"""Print the oldest release of each dependency that a pyproject.toml allows, as pip requirements."""

import sys
import tomllib
from pathlib import Path


def lowest(requirement: str) -> str:
    """Turn ``name>=1.2`` into ``name==1.2``. Any other form has no single oldest release and is refused."""
    name, bound, version = requirement.partition(">=")
    if not bound or any(mark in version for mark in ",;<>=!~ "):
        raise SystemExit(f"{requirement!r}: write it as name>=version, with the oldest tested version.")
    return f"{name}=={version}"


if __name__ == "__main__":
    project = tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["project"]
    print("\n".join(lowest(requirement) for requirement in project["dependencies"]))
