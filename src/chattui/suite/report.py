"""Results of a suite: lines for people, JSON, and the XML that CI systems know from JUnit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from chattui import safe
from chattui.events import JSON
from chattui.suite import Result

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped."""


def line(result: Result) -> list[str]:
    """One result, for people."""
    sign = "FAILED" if result.failures else "ok"
    where = result.case.endpoint or (result.case.tape.name if result.case.tape else "")
    head = f"{sign:<7} {safe.line(result.case.name, 80)}  ({safe.line(where, 40)}, {result.seconds:.2f} s)"
    return [head, *(f"        {safe.line(failure, 300)}" for failure in result.failures)]


def summary(results: Sequence[Result]) -> str:
    """The last line."""
    failed = sum(bool(result.failures) for result in results)
    counted = "1 case" if len(results) == 1 else f"{len(results)} cases"
    return f"{counted}: {len(results) - failed} passed, {failed} failed"


def document(results: Sequence[Result]) -> JSON:
    """Everything, as JSON."""
    return {
        "passed": not any(result.failures for result in results),
        "cases": [
            {
                "name": result.case.name,
                "endpoint": result.case.endpoint,
                "tape": str(result.case.tape) if result.case.tape else None,
                "passed": not result.failures,
                "failures": list(result.failures),
                "seconds": round(result.seconds, 3),
                "text": result.text,
            }
            for result in results
        ],
    }


def junit(results: Sequence[Result], name: str) -> bytes:
    """JUnit's XML, as the common CI systems read it."""
    suite = Element(
        "testsuite",
        name=_xml(name),
        tests=str(len(results)),
        failures=str(sum(bool(result.failures) for result in results)),
        errors="0",
        time=f"{sum(result.seconds for result in results):.3f}",
    )
    for result in results:
        where = result.case.endpoint or "tape"
        case = SubElement(
            suite, "testcase", name=_xml(result.case.name), classname=_xml(where), time=f"{result.seconds:.3f}"
        )
        if result.failures:
            failure = SubElement(case, "failure", message=_xml(result.failures[0]))
            failure.text = _xml("\n".join(result.failures))
    return bytes(tostring(suite, encoding="utf-8", xml_declaration=True))


def _xml(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
