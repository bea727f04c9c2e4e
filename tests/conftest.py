"""For every test: helpers that assert get the same explanations as tests do, and what is printed and logged holds no secret."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests import leaks

pytest.register_assert_rewrite("tests.contracts", "tests.fakes")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test whose output, of whatever kind and phase, holds a secret."""
    report = yield
    if report.when == "teardown" and report.passed:
        found = [f"{title}: {what}" for title, text in report.sections if (what := leaks.found(text, leaks.GIVEN))]
        if found:
            report.outcome = "failed"
            report.longrepr = "\n".join(found)
    return report
