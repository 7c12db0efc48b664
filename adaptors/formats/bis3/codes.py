"""Identifiers and code lists of Peppol BIS Billing 3.0, release 2026.5 (rules 3.0.21)."""

from __future__ import annotations

CUSTOMIZATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
UBL = "urn:oasis:names:specification:ubl:schema:xsd"


def _set(codes: str) -> frozenset[str]:
    return frozenset(codes.split())


ENDPOINT_SCHEMES = _set(
    """
    0002 0007 0009 0060 0088 0096 0097 0106 0130 0135 0142 0151 0183 0184 0188 0190 0191 0192 0195 0196 0198 0199 0200
    0201 0202 0204 0208 0209 0210 0211 0216 0218 0221 0225 0230 0235 0240 0242 0244 0245 0246 0248 9910 9913 9914 9915
    9918 9919 9920 9922 9923 9924 9925 9926 9927 9928 9929 9930 9931 9932 9933 9934 9935 9936 9937 9938 9939 9940 9941
    9942 9943 9944 9945 9946 9947 9948 9949 9950 9951 9952 9953 9957 9959
    """
)
"""Electronic addresses that Peppol delivers to (EAS)."""

MEDIA_TYPES = frozenset(
    {
        "application/pdf",
        "image/png",
        "image/jpeg",
        "text/csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.oasis.opendocument.spreadsheet",
    }
)
"""Of files that may go along."""

ALLOWANCE_REASONS = _set("41 42 60 62 63 64 65 66 67 68 70 71 88 95 100 102 103 104 105")
"""UNCL 5189, what Peppol takes of it."""
CHARGE_REASONS = _set(
    """
    AA AAA AAC AAD AAE AAF AAH AAI AAS AAT AAV AAY AAZ ABA ABB ABC ABD ABF ABK ABL ABN ABR ABS ABT ABU ACF ACG ACH ACI
    ACJ ACK ACL ACM ACS ADC ADE ADJ ADK ADL ADM ADN ADO ADP ADQ ADR ADT ADW ADY ADZ AEA AEB AEC AED AEF AEH AEI AEJ AEK
    AEL AEM AEN AEO AEP AES AET AEU AEV AEW AEX AEY AEZ AJ AU CA CAB CAD CAE CAF CAI CAJ CAK CAL CAM CAN CAO CAP CAQ CAR
    CAS CAT CAU CAV CAW CAX CAY CAZ CD CG CS CT DAB DAC DAD DAF DAG DAH DAI DAJ DAK DAL DAM DAN DAO DAP DAQ DL EG EP ER
    FAA FAB FAC FC FH FI GAA HAA HD HH IAA IAB ID IF IR IS KO L1 LA LAA LAB LF MAE MI ML NAA OA PA PAA PC PL PRV RAB RAC
    RAD RAF RE RF RH RV SA SAA SAD SAE SAI SG SH SM SU TAB TAC TT TV V1 V2 WH XAA YY ZZZ
    """
)
"""UNCL 7161."""

PAYMENT_MEANS = frozenset(map(str, [*range(1, 71), 74, 75, 76, 77, 78, *range(91, 99)])) | {"ZZZ"}
"""UNCL 4461."""
DANISH_PAYMENT_MEANS = _set("1 10 31 42 48 49 58 59 93 97")
"""Between Danish parties (DK-R-005); but giro slips (50), whose numbers a document does not have."""

FREE_OF_VAT = {"AE": "VATEX-EU-AE", "G": "VATEX-EU-G", "K": "VATEX-EU-IC", "O": "VATEX-EU-O", "E": "", "Z": ""}
"""VAT categories without VAT, and the reason that the category itself is; E has many, Z none."""
CATEGORIES = frozenset({"S", "L", "M", *FREE_OF_VAT})
OF_CATEGORY = {
    "VATEX-EU-AE": "AE", "VATEX-EU-G": "G", "VATEX-EU-IC": "K", "VATEX-EU-O": "O",
    "VATEX-EU-D": "E", "VATEX-EU-F": "E", "VATEX-EU-I": "E", "VATEX-EU-J": "E",
}  # fmt: skip
"""Reasons that go with one category alone."""

MORE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND", "CLF", "UYW"})
"""Currencies with three or four decimals: EN 16931 knows two."""
WITHOUT_DECIMALS = _set("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF")
