"""A pytest plug-in for the gate: a test that is skipped fails, unless it needs a GPU."""

from __future__ import annotations

import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> object:
    outcome = yield
    report = outcome.get_result()
    if report.skipped and "gpu" not in str(report.longrepr).lower():
        report.outcome = "failed"
        report.longrepr = f"skipped, which the gate does not allow: {report.longrepr}"
