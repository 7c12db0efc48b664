"""Small sets of rules, made up: enough to pass for Peppol's or OIOUBL's."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

SHEET = """<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:svrl="http://purl.oclc.org/dsdl/svrl" xmlns:xs="http://www.w3.org/2001/XMLSchema"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">%s
<xsl:template match="/"><svrl:schematron-output>%s</svrl:schematron-output></xsl:template></xsl:stylesheet>"""
ASSERT = """<xsl:if test="%s"><svrl:failed-assert id="%s" flag="%s" location="%s"><svrl:text>[%s]-%s</svrl:text>
</svrl:failed-assert></xsl:if>"""
REPORT = """<xsl:if test="%s"><svrl:successful-report location="/*[local-name()='Invoice']%s">
<svrl:text>[%s] %s</svrl:text></svrl:successful-report></xsl:if>"""
NO_REFERENCE = ASSERT % (
    "not(//cbc:BuyerReference)", "PEPPOL-EN16931-R003", "fatal", "/*:Invoice[namespace-uri()='urn:x'][1]",
    "PEPPOL-EN16931-R003", "A buyer reference MUST be provided.",
)  # fmt: skip
OFF_PRICE = ASSERT % (
    "//cac:Price[xs:decimal(cbc:PriceAmount) * xs:decimal(../(cbc:InvoicedQuantity, cbc:CreditedQuantity))"
    " != xs:decimal(../cbc:LineExtensionAmount)]",
    "PEPPOL-EN16931-R120", "fatal", "/*:Invoice[1]/*:InvoiceLine[namespace-uri()='urn:x'][1]", "PEPPOL-EN16931-R120",
    "Invoice line net amount MUST equal.",
)  # fmt: skip
NO_NOTE = ASSERT % ("not(//cbc:Note)", "X-01", "fatal", "/*:Invoice[1]", "X-01", "A note MUST be provided.")
PEPPOL = SHEET % ("", NO_REFERENCE + OFF_PRICE)
PEPPOL_WITH_WARNING = SHEET % ("", NO_REFERENCE + OFF_PRICE + NO_NOTE.replace("fatal", "warning"))
OFF_TOTAL = REPORT % (
    "not(//cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount = '1250.00')", "/*[local-name()='LegalMonetaryTotal']",
    "F-INV128", "TaxInclusiveAmount is calculated incorrectly",
)  # fmt: skip
SHORT_CVR = REPORT % (
    "//cbc:EndpointID[@schemeID = 'DK:CVR'][string-length() != 10]",
    "/*[local-name()='AccountingSupplierParty']/*[local-name()='Party']",
    "F-LIB180", "schemeID = DK:CVR, EndpointID must be a valid CVR number",
)  # fmt: skip
LAX = REPORT % ("not(//cbc:Note)", "", "W-INV001", "A note is recommended")
OIOUBL = SHEET % ("", OFF_TOTAL + SHORT_CVR + LAX)
OIOUBL_FILES = ("OIOUBL_Invoice_Schematron.xsl", "OIOUBL_CreditNote_Schematron.xsl")


def archive(files: Mapping[str, str | bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return made.getvalue()


def peppol(version: str = "3.0.21", sheet: str = PEPPOL) -> bytes:
    """A release of Peppol as it is packed."""
    return archive({f"peppol-bis-invoice-{version}/xslt/PEPPOL-EN16931-UBL.xslt": sheet, "README.md": "Rules"})


def oioubl(version: str = "1.17.2", sheet: str = OIOUBL) -> bytes:
    return archive({f"OIOUBL_Schematron_{version}/{name}": sheet for name in OIOUBL_FILES})
