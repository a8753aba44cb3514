"""A release that goes out after somebody has approved it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from holdfast.demo import work
from holdfast.flow_runs import pause_flow_run
from holdfast.flows import flow
from holdfast.input import RunInput
from holdfast.logging import get_run_logger
from holdfast.tasks import task

Environment = Literal["staging", "canary", "production"]

SUITES = {"unit": 1284, "integration": 211, "browser": 64}
"""The number of tests in each suite."""


class ReleaseDecision(RunInput):
    """Whether a release goes out, where to, and to what share of the traffic."""

    approve: Annotated[bool, Field(title="Release it")]
    environment: Annotated[Environment, Field(description="Where it goes.")] = "production"
    rollout: Annotated[
        int, Field(ge=1, le=100, title="Rollout (percent)", description="Share of the traffic it gets at first.")
    ] = 25
    note: Annotated[str | None, Field(max_length=300, description="Goes into the release notes.")] = None


@dataclass(frozen=True)
class Report:
    """The result of a test suite."""

    suite: str
    passed: int
    skipped: int


@task
def build(version: str, pace: float) -> str:
    """Build the image, and return its digest."""
    log = get_run_logger()
    for step, seconds in (("Resolving 214 packages", 0.4), ("Compiling", 0.8), ("Packing the image", 0.5)):
        log.info("%s", step)
        work(seconds, pace)
    log.info("Built %s, 48.2 MB", version)
    return f"sha256:{hashlib.sha256(version.encode()).hexdigest()[:12]}"


@task
def run_suite(suite: str, pace: float) -> Report:
    """Run one test suite."""
    log = get_run_logger()
    tests = SUITES[suite]
    for part in (1, 2):
        work(0.6, pace)
        log.info("%s tests: %s of %s", suite, tests * part // 2, tests)
    skipped = tests // 100
    return Report(suite, tests - skipped, skipped)


@task
def scan(digest: str, pace: float) -> list[str]:
    """Look for known vulnerabilities in the image."""
    work(0.7, pace)
    found = ["CVE-2026-1187 in libxml2 2.13.4 (medium, no fix yet)"]
    get_run_logger().warning("%s: %s finding", digest, len(found))
    return found


@task
def deploy(digest: str, environment: str, percent: int, pace: float) -> None:
    """Give the image a share of the traffic."""
    work(0.5, pace)
    get_run_logger().info("%s serves %s %% of %s", digest, percent, environment)


@flow(name="release-approval", log_prints=True)
def release_approval(version: str = "2.4.0", pace: float = 1.0) -> str:
    """Build, test and scan a release, ask whether it may go out, and roll it out."""
    digest = build(version, pace)
    suites = [run_suite.submit(suite, pace) for suite in SUITES]
    findings = scan(digest, pace)
    reports = [suite.result() for suite in suites]

    decision = pause_flow_run(
        wait_for_input=ReleaseDecision.with_initial_data(
            description=describe(version, digest, reports, findings), rollout=25
        ),
        timeout=30 * 60,
        key="release",
    )
    if not decision.approve:
        print(f"{version} stays where it is: {decision.note or 'no reason given'}")
        return f"{version} was not released"
    for percent in steps(decision.rollout):
        deploy(digest, decision.environment, percent, pace)
    return f"{version} is on {decision.environment}"


def steps(first: int) -> list[int]:
    """Return the shares of traffic, from the first one to all of it."""
    return sorted({first, max(first, 50), 100})


def describe(version: str, digest: str, reports: list[Report], findings: list[str]) -> str:
    """Describe the release, as Markdown, for the person who decides."""
    tests = "\n".join(f"| {each.suite} | {each.passed} | {each.skipped} |" for each in reports)
    open_findings = "\n".join(f"- {each}" for each in findings)
    return f"""\
## Release {version}?

Image `{digest}` is built and tested. **14 changes** since 2.3.2, two of them to the payment service.

| Suite | Passed | Skipped |
| --- | ---: | ---: |
{tests}

Open findings:

{open_findings}
"""
