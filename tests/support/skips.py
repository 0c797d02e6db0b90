"""Fails a run in which a suite was skipped though it should have run: for CI, where everything it needs is there.

`ARENAFIT_ALLOWED_SKIPS` is a regular expression. Where it is set, each test skipped because something is missing on the
machine must have a reason that it matches; where it is not set, tests are skipped as they like.
"""

import os
import re
from collections import Counter

import pytest

VARIABLE = "ARENAFIT_ALLOWED_SKIPS"
# How reasons begin that name something missing; the others say that a case has nothing to test.
_MISSING = re.compile(r"(Skipped: )?(needs|the extra|there is no|the 32-bit witness|the worked example|\w+ names no)")


class SkipGuard:
    """A pytest plugin that collects why tests were skipped."""

    def __init__(self) -> None:
        """Begin with nothing skipped."""
        self.missing: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that was skipped."""
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a module that was skipped."""
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.skipped and isinstance(report.longrepr, tuple) and must_run(reason := report.longrepr[2]):
            self.missing[reason] += 1

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Let the run fail."""
        if self.missing and not hasattr(session.config, "workerinput"):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what was skipped though it should have run."""
        for reason, count in sorted(self.missing.items()):
            terminalreporter.write_line(f"SKIPPED BUT SHOULD RUN: {count} x {reason}", red=True)


def must_run(reason: str) -> bool:
    """Whether a test skipped for this reason should have run here."""
    allowed = os.environ.get(VARIABLE)
    return allowed is not None and _MISSING.match(reason) is not None and re.search(allowed, reason) is None
