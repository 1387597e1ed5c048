"""A report can't contradict its findings."""

from __future__ import annotations

import pytest

from ubl import Finding, Layer, Report, Severity


def _finding(severity: Severity) -> Finding:
    return Finding(rule="X-1", layer=Layer.PINT, severity=severity, where="/", message="m")


@pytest.mark.parametrize(
    ("severities", "valid"),
    [((), True), ((Severity.WARNING,), True), ((Severity.FATAL,), False), ((Severity.WARNING, Severity.FATAL), False)],
)
def test_valid_is_the_absence_of_fatal_findings(severities: tuple[Severity, ...], valid: bool) -> None:
    report = Report.of(map(_finding, severities), ruleset="r", digest="d")
    assert report.valid is valid and len(report.findings) == len(severities)
    with pytest.raises(ValueError, match="absence of fatal"):
        Report(findings=report.findings, ruleset="r", digest="d", valid=not valid)
