"""The words on the page, in each language."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("da", "en", "de")

Words = Mapping[str, tuple[str, str, str]]
"""Name → the same in each of the languages, in their order."""

_TITLES: Words = {
    "invoice": ("Faktura", "Invoice", "Rechnung"),
    "credit_memo": ("Kreditnota", "Credit note", "Gutschrift"),
    "debit_memo": ("Debetnota", "Debit note", "Belastungsanzeige"),
}
_LABELS: Words = {
    "page": ("Side", "Page", "Seite"),
    "of": ("af", "of", "von"),
    "date": ("Dato", "Date", "Datum"),
    "due_date": ("Forfaldsdato", "Due date", "Fällig am"),
    "customer_number": ("Kundenr.", "Customer no.", "Kundennr."),
    "cvr": ("CVR-nr.", "CVR no.", "CVR-Nr."),
    "registration": ("Reg.nr.", "Reg. no.", "Registernr."),
    "vat_number": ("Momsnr.", "VAT no.", "USt-IdNr."),
    "gln": ("EAN/GLN", "GLN", "GLN"),
    "reference": ("Deres reference", "Your reference", "Ihre Referenz"),
    "attention": ("Att.", "Attn.", "z. Hd."),
    "order": ("Deres ordrenr.", "Your order", "Ihre Bestellnr."),
    "our_order": ("Vores ordrenr.", "Our order", "Unsere Auftragsnr."),
    "contract": ("Kontrakt", "Contract", "Vertrag"),
    "project": ("Projekt", "Project", "Projekt"),
    "cost": ("Kontering", "Cost centre", "Kostenstelle"),
    "period": ("Periode", "Period", "Zeitraum"),
    "delivered": ("Leveret", "Delivered", "Geliefert am"),
    "delivered_to": ("Leveret til", "Delivered to", "Geliefert an"),
    "tax_point": ("Momsdato", "Tax point", "Steuerdatum"),
    "corrects": ("Vedrører faktura", "Credits invoice", "Zu Rechnung"),
    "item": ("Vare", "Item", "Artikel"),
    "quantity": ("Antal", "Quantity", "Menge"),
    "unit": ("Enhed", "Unit", "Einheit"),
    "price": ("Pris", "Price", "Preis"),
    "vat": ("Moms", "VAT", "USt."),
    "amount": ("Beløb", "Amount", "Betrag"),
    "item_number": ("Varenr.", "Item no.", "Artikelnr."),
    "your_item": ("Deres varenr.", "Your item no.", "Ihre Artikelnr."),
    "gtin": ("GTIN", "GTIN", "GTIN"),
    "order_line": ("Ordrelinje", "Order line", "Bestellposition"),
    "lines": ("Varer i alt", "Sum of items", "Summe der Artikel"),
    "net": ("I alt uden moms", "Total excl. VAT", "Gesamt ohne USt."),
    "gross": ("I alt med moms", "Total incl. VAT", "Gesamt mit USt."),
    "prepaid": ("Betalt", "Paid", "Bezahlt"),
    "rounding": ("Afrunding", "Rounding", "Rundung"),
    "payable": ("At betale", "Amount due", "Zu zahlen"),
    "to_receive": ("Til gode", "Credited to you", "Ihr Guthaben"),
    "vat_breakdown": ("Momsspecifikation", "VAT breakdown", "Umsatzsteuer"),
    "basis": ("Grundlag", "Basis", "Grundlage"),
    "vat_in": ("Moms i", "VAT in", "USt. in"),
    "settled": ("Betalt, intet udestående", "Paid, nothing is due", "Bezahlt, nichts offen"),
    "iban": ("IBAN", "IBAN", "IBAN"),
    "bic": ("BIC", "BIC", "BIC"),
    "branch": ("Reg.nr.", "Bank no.", "Bankleitzahl"),
    "account": ("Kontonr.", "Account no.", "Kontonr."),
    "holder": ("Kontohaver", "Account holder", "Kontoinhaber"),
    "slip": ("Betalingslinje (FIK)", "Danish payment slip (FIK)", "Dänischer Zahlschein (FIK)"),
    "quote": ("Betalingsref.", "Payment ref.", "Zahlungsref."),
    "mandate": ("Mandat", "Mandate", "Mandat"),
    "creditor": ("Kreditor-id", "Creditor ID", "Gläubiger-ID"),
    "debited": ("Trækkes fra", "Collected from", "Einzug von"),
    "credit_text": (
        "Beløbet krediteres jeres konto hos os.",
        "The amount is credited to your account with us.",
        "Der Betrag wird Ihrem Konto bei uns gutgeschrieben.",
    ),
    "note": ("Bemærkninger", "Notes", "Bemerkungen"),
    "attachments": ("Bilag", "Attachments", "Anlagen"),
    "phone": ("Tlf.", "Tel.", "Tel."),
    "allowance": ("Rabat", "Discount", "Rabatt"),
    "charge": ("Tillæg", "Charge", "Zuschlag"),
}
_CATEGORIES: Words = {
    "Z": ("Nulsats", "Zero-rated", "Nullsatz"),
    "E": ("Momsfri", "Exempt", "Steuerfrei"),
    "AE": ("Omvendt betalingspligt", "Reverse charge", "Reverse Charge"),
    "K": ("EU-leverance", "Intra-community supply", "Innergem. Lieferung"),
    "G": ("Eksport", "Export", "Ausfuhr"),
    "O": ("Uden for moms", "Outside VAT", "Nicht steuerbar"),
}
_UNITS: Words = {
    "C62": ("stk.", "pcs", "Stk."),
    "H87": ("stk.", "pcs", "Stk."),
    "EA": ("stk.", "pcs", "Stk."),
    "HUR": ("timer", "hours", "Std."),
    "DAY": ("dage", "days", "Tage"),
    "MON": ("mdr.", "months", "Monate"),
    "ANN": ("år", "years", "Jahre"),
    "KGM": ("kg", "kg", "kg"),
    "GRM": ("g", "g", "g"),
    "TNE": ("t", "t", "t"),
    "LTR": ("l", "l", "l"),
    "MTR": ("m", "m", "m"),
    "MTK": ("m²", "m²", "m²"),
    "MTQ": ("m³", "m³", "m³"),
    "KWH": ("kWh", "kWh", "kWh"),
    "KMT": ("km", "km", "km"),
    "XPK": ("pk.", "packs", "Pack."),
    "SET": ("sæt", "sets", "Sätze"),
    "PR": ("par", "pairs", "Paar"),
    "XBX": ("kasser", "boxes", "Kartons"),
}
_MONTHS = (
    "januar februar marts april maj juni juli august september oktober november december",
    "January February March April May June July August September October November December",
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
)


def _by_language(words: Words) -> dict[str, dict[str, str]]:
    return {language: {name: texts[at] for name, texts in words.items()} for at, language in enumerate(LANGUAGES)}


TITLES: Mapping[str, Mapping[str, str]] = _by_language(_TITLES)
"""By the value of the document's kind."""
LABELS = _by_language(_LABELS)
CATEGORIES = _by_language(_CATEGORIES)
"""VAT categories in words, where the rate alone says too little."""
UNITS = _by_language(_UNITS)
"""Units of UN/ECE Recommendation 20 as people write them. One that is not here is shown by its code."""
MONTHS = {language: names.split() for language, names in zip(LANGUAGES, _MONTHS, strict=True)}
