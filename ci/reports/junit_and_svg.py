"""Validates JUnit with a schema and a parser, and badges as XML: `junit_and_svg.py SCHEMA FILE…`."""

import sys
from xml.etree import ElementTree

import xmlschema
from junitparser import JUnitXml


def junit(schema, path):
    """What is wrong with a JUnit report."""
    for error in schema.iter_errors(path):
        # Everybody writes how many were skipped in all, and readers know it; the schema is older than that.
        if (error.path, error.reason) != ("/testsuites", "'skipped' attribute not allowed for element"):
            yield f"{error.path}: {error.reason}"
    suites = JUnitXml.fromfile(path)
    tests = [test for suite in suites for test in suite]
    kinds = [type(result).__name__ for test in tests for result in test.result]
    counted = (len(tests), kinds.count("Failure"), kinds.count("Error"), kinds.count("Skipped"))
    stated = (suites.tests, suites.failures, suites.errors, suites.skipped)
    if counted != stated or not tests:
        yield f"it states {stated} tests, failures, errors, skipped, and has {counted}"


def svg(path):
    """What is wrong with a badge."""
    root = ElementTree.parse(path).getroot()
    if root.tag != "{http://www.w3.org/2000/svg}svg":
        yield f"its root is {root.tag}"
    if not root.findtext("{http://www.w3.org/2000/svg}title"):
        yield "it has no title"


schema = xmlschema.XMLSchema(sys.argv[1])
wrong = [
    f"{path}: {error}"
    for path in sys.argv[2:]
    for error in (svg(path) if path.endswith(".svg") else junit(schema, path))
]
print("\n".join(wrong), file=sys.stderr)
sys.exit(1 if wrong or len(sys.argv) < 3 else 0)
