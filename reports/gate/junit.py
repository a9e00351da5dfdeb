"""A check as JUnit XML, which CI servers show as tests: a regression fails, what stays open is skipped, a crash errs.

The form is the one that Jenkins' xUnit plug-in publishes; ElementTree does the escaping.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from bench.gate.judgement.findings import GateResult, MeasureVerdict
from bench.reports.gate.notes import word_problem
from bench.reports.gate.verdict import name_unit, word_because, word_measure, word_worse
from bench.reports.kit.escaping import make_visible

_SUITE = "bench check"


def render_junit(result: GateResult, *, strict: bool = False) -> str:
    """Return one test case for each measure of each case, and one for each trial that did not end ok.

    Args:
        result: the check.
        strict: whether what stays open is a failure, too.
    """
    suite = ET.Element("testsuite", name=_SUITE)
    for problem in result.problems:
        case = _add_case(suite, problem.trial_id, problem.side)
        ET.SubElement(case, "error", message=make_visible(word_problem(problem)))
    for finding in result.findings:
        _add_finding(_add_case(suite, finding.label, word_measure(finding.key.measure)), finding, result, strict)
    tags = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    for name, tag in tags.items():
        suite.set(name, str(sum(1 for _ in suite.iter(tag))))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _add_case(suite: ET.Element, classname: str, name: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", classname=f"bench.{make_visible(classname)}", name=make_visible(name))


def _add_finding(case: ET.Element, finding: MeasureVerdict, result: GateResult, strict: bool) -> None:
    because = make_visible(word_because(finding, name_unit(result)))
    if finding.outcome == "regression":
        ET.SubElement(case, "failure", message=f"{word_worse(finding)}: {because}")
    elif finding.outcome != "ok":
        ET.SubElement(case, "failure" if strict else "skipped", message=f"{finding.outcome}: {because}")
