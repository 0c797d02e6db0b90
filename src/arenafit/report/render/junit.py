"""Renders a check as JUnit XML: one test case per limit, so that CI systems list and chart them."""

from xml.etree import ElementTree as ET

from arenafit._version import __version__
from arenafit.report.documents.check import CheckDocument, CheckRow
from arenafit.report.render.names import names_are_data, printable


@names_are_data
def render(document: CheckDocument) -> str:
    """Return the document as JUnit XML."""
    cases = [case for row in document.checks for case in _cases(row)]
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(1 for case in cases if case.find("failure") is not None)),
        "errors": str(sum(1 for case in cases if case.find("error") is not None)),
    }
    root = ET.Element("testsuites", {"name": "arenafit check", **counts})
    suite = ET.SubElement(root, "testsuite", {"name": "arenafit check", **counts, "skipped": "0"})
    properties = ET.SubElement(suite, "properties")
    ET.SubElement(properties, "property", {"name": "arenafit", "value": __version__})
    suite.extend(cases)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}'


def _cases(row: CheckRow) -> list[ET.Element]:
    where = f"{row.budget} ({row.board or row.target})"
    if row.error:
        case = _case(row, f"{where}: read and predict")
        ET.SubElement(case, "error", {"message": _clean(row.error)})
        return [case]
    cases = []
    for finding in row.findings:
        case = _case(row, f"{where}: {finding.what}")
        if not finding.holds:
            ET.SubElement(case, "failure", {"message": _clean(finding.text), "type": "budget"})
        ET.SubElement(case, "system-out").text = _clean(finding.text)
        cases.append(case)
    return cases or [_case(row, f"{where}: predict")]


def _case(row: CheckRow, name: str) -> ET.Element:
    return ET.Element("testcase", {"classname": _clean(row.model), "name": _clean(name), "file": _clean(row.file)})


def _clean(text: str) -> str:
    # XML 1.0 has no place for control characters, escaped or not.
    return printable(text)
