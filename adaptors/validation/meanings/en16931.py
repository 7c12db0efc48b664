"""Rules of EN 16931."""

from __future__ import annotations

_RULES = {
    "BR-01": ("The document does not say which specification it follows; its format writes that.", ""),
    "BR-02": ("The document has no number.", "invoice_number"),
    "BR-03": ("The document has no date.", "invoice_date"),
    "BR-04": ("The document does not say whether it is an invoice or a credit note.", ""),
    "BR-05": ("The document has no currency.", "currency"),
    "BR-06": ("The supplier has no name.", "supplier_name"),
    "BR-07": ("The customer has no name.", "customer_name"),
    "BR-08": ("The supplier has no address.", "supplier_address_line1"),
    "BR-09": ("The supplier's address has no country.", "supplier_country"),
    "BR-10": ("The customer has no address.", "customer_address_line1"),
    "BR-11": ("The customer's address has no country.", "customer_country"),
    "BR-12": ("The sum of the lines is missing.", "net_amount"),
    "BR-13": ("The total without VAT is missing.", "net_amount"),
    "BR-14": ("The total with VAT is missing.", "total_amount"),
    "BR-15": ("The amount due is missing.", "total_amount"),
    "BR-16": ("The document has no lines; at least one is needed.", "net_amount"),
    "BR-21": ("A line has no number.", "line_number"),
    "BR-22": ("A line has no quantity.", "quantity"),
    "BR-23": ("A line's quantity has no unit.", "unit_code"),
    "BR-24": ("A line has no net amount.", "net_amount"),
    "BR-25": ("A line does not say what was sold.", "description"),
    "BR-26": ("A line has no price.", "unit_price"),
    "BR-27": ("A line's price is below zero; a credited item has a quantity below zero instead.", "unit_price"),
    "BR-28": ("A line's price before discount is below zero.", "unit_price"),
    "BR-29": ("The period ends before it begins.", "period_end"),
    "BR-30": ("The period of a line ends before it begins.", ""),
    "BR-31": ("An allowance has no amount.", "allowances_charges"),
    "BR-32": ("An allowance has no VAT category.", "allowances_charges"),
    "BR-33": ("An allowance has no reason.", "allowances_charges"),
    "BR-36": ("A charge has no amount.", "allowances_charges"),
    "BR-37": ("A charge has no VAT category.", "allowances_charges"),
    "BR-38": ("A charge has no reason.", "allowances_charges"),
    "BR-41": ("A line's allowance has no amount.", "allowances_charges"),
    "BR-42": ("A line's allowance has no reason.", "allowances_charges"),
    "BR-43": ("A line's charge has no amount.", "allowances_charges"),
    "BR-44": ("A line's charge has no reason.", "allowances_charges"),
    "BR-45": ("The VAT breakdown lacks a taxable amount.", "vat_breakdown"),
    "BR-46": ("The VAT breakdown lacks an amount of VAT.", "vat_breakdown"),
    "BR-47": ("The VAT breakdown lacks a VAT category.", "vat_breakdown"),
    "BR-48": ("The VAT breakdown lacks a rate.", "vat_breakdown"),
    "BR-49": ("The document does not say how it is to be paid.", "supplier_payment_means"),
    "BR-50": ("It is to be paid by bank transfer, but no account is given.", "supplier_iban"),
    "BR-51": ("A whole card number stands in the document; at most its first 6 and last 4 digits may.", ""),
    "BR-52": ("An attachment has no name.", ""),
    "BR-53": ("VAT is told in another currency too, but its amount in that currency is missing.", "tax_amount"),
    "BR-55": ("The invoice that is corrected has no number.", "corrected_document"),
    "BR-57": ("The place of delivery has no country.", "delivery_location"),
    "BR-61": ("It is to be paid by bank transfer, but no account is given.", "supplier_iban"),
    "BR-62": ("The supplier's endpoint does not say which kind of number it is.", "supplier_endpoint_scheme"),
    "BR-63": ("The customer's endpoint does not say which kind of number it is.", "customer_endpoint_scheme"),
    "BR-64": ("A line's GTIN does not say which kind of number it is.", "item_gtin"),
    "BR-CO-03": ("Both a tax point date and a code for it are given; only one may be.", "tax_point_date"),
    "BR-CO-04": ("A line has no VAT category.", "tax_category"),
    "BR-CO-09": ("A VAT number does not begin with the two letters of its country, such as DK.", "{party}_vat_number"),
    "BR-CO-10": ("The lines do not add up to the sum of the lines.", "net_amount"),
    "BR-CO-11": ("The allowances do not add up to their total.", "allowances_charges"),
    "BR-CO-12": ("The charges do not add up to their total.", "allowances_charges"),
    "BR-CO-13": ("The total without VAT is not the lines less allowances plus charges.", "net_amount"),
    "BR-CO-14": ("The VAT breakdown does not add up to the total VAT.", "tax_amount"),
    "BR-CO-15": ("The total with VAT is not the total without VAT plus VAT.", "total_amount"),
    "BR-CO-16": ("The amount due is not the total with VAT less what is paid, plus rounding.", "total_amount"),
    "BR-CO-17": ("An amount of VAT is not its taxable amount times its rate.", "vat_breakdown"),
    "BR-CO-18": ("The document has no VAT breakdown.", "vat_breakdown"),
    "BR-CO-19": ("The period has neither a beginning nor an end.", "period_start"),
    "BR-CO-20": ("The period of a line has neither a beginning nor an end.", ""),
    "BR-CO-21": ("An allowance has no reason.", "allowances_charges"),
    "BR-CO-22": ("A charge has no reason.", "allowances_charges"),
    "BR-CO-23": ("A line's allowance has no reason.", "allowances_charges"),
    "BR-CO-24": ("A line's charge has no reason.", "allowances_charges"),
    "BR-CO-26": ("The supplier has no number: a registration number, a VAT number or a GLN.",
                 "supplier_registration_number"),
    "BR-CL-01": ("The document's type code is not one of an invoice or credit note.", ""),
    "BR-CL-03": ("An amount's currency is no code of ISO 4217, such as DKK.", "currency"),
    "BR-CL-04": ("The currency is no code of ISO 4217, such as DKK.", "currency"),
    "BR-CL-05": ("The currency of VAT is no code of ISO 4217, such as DKK.", "currency"),
    "BR-CL-10": ("The {party}'s number is of a kind that is not on the list of ISO 6523, such as 0088.", ""),
    "BR-CL-11": ("The {party}'s registration number is of a kind that is not on the list of ISO 6523, such as 0184.",
                 "{party}_registration_number"),
    "BR-CL-14": ("A country is no code of two letters of ISO 3166, such as DK.", ""),
    "BR-CL-16": ("The way of payment is no code of UNCL 4461, such as 30.", "supplier_payment_means"),
    "BR-CL-17": ("A VAT category is not S, Z, E, AE, K, G, O, L or M.", ""),
    "BR-CL-18": ("A line's VAT category is not S, Z, E, AE, K, G, O, L or M.", ""),
    "BR-CL-19": ("An allowance's reason code is not on the list UNCL 5189, such as 95 for a discount.",
                 "allowances_charges"),
    "BR-CL-20": ("A charge's reason code is not on the list UNCL 7161, such as FC for freight.", "allowances_charges"),
    "BR-CL-21": ("A line's item number is of a kind that is not on the list of ISO 6523, such as 0160 for a GTIN.",
                 "item_gtin"),
    "BR-CL-22": ("The code of the reason why no VAT is due is not on the VATEX list.", "vat_breakdown"),
    "BR-CL-23": ("A line's unit is no code of UN/ECE Recommendation 20, such as C62 for pieces.", "unit_code"),
    "BR-CL-24": ("An attachment is of a type that may not go along; PDF, PNG, JPEG, CSV, XLSX and ODS may.", ""),
    "BR-CL-25": ("The {party}'s endpoint is of a kind that is not on the list of electronic addresses, such as 0184.",
                 "{party}_endpoint_scheme"),
    "BR-CL-26": ("The place of delivery has a number of a kind that is not on the list of ISO 6523, such as 0088.",
                 "delivery_location"),
    "BR-IC-11": ("A supply within the EU needs a date of delivery or a period.", "delivery_date"),
    "BR-IC-12": ("A supply within the EU needs the country it was delivered to.", "delivery_location"),
    "BR-O-11": ("Beside “outside the scope of VAT” there may be no other VAT in the breakdown.", "vat_breakdown"),
    "BR-O-12": ("Where something is outside the scope of VAT, all lines must be.", "vat_breakdown"),
    "BR-O-13": ("Where something is outside the scope of VAT, all allowances must be.", "allowances_charges"),
    "BR-O-14": ("Where something is outside the scope of VAT, all charges must be.", "allowances_charges"),
    "UBL-DT-01": ("An amount has more than two decimals.", ""),
    "UBL-SR-06": ("A credit note names more than one invoice in one reference.", "corrected_document"),
    "UBL-SR-12": ("The supplier has more than one VAT number.", "supplier_vat_number"),
    "UBL-SR-18": ("The customer has more than one VAT number.", "customer_vat_number"),
}  # fmt: skip

_CATEGORIES = {
    "S": "standard rate", "Z": "zero rate", "E": "exempt from VAT", "AE": "reverse charge",
    "IC": "supply within the EU", "G": "export outside the EU", "O": "outside the scope of VAT",
}  # fmt: skip
_OF_EVERY_CATEGORY = {
    "01": ("Something in the document is “{category}”, but the VAT breakdown has not one entry for it.",
           "vat_breakdown"),
    "08": ("The taxable amount of “{category}” is not the sum of what is taxed so.", "vat_breakdown"),
}  # fmt: skip
_OF_TAXABLE = {  # all but O
    "02": ("A line is “{category}”: that needs VAT numbers, and one is missing.", "supplier_vat_number"),
    "03": ("An allowance is “{category}”: that needs VAT numbers, and one is missing.", "supplier_vat_number"),
    "04": ("A charge is “{category}”: that needs VAT numbers, and one is missing.", "supplier_vat_number"),
}
_WITHOUT_VAT = {  # all but S and O
    "05": ("A line is “{category}”, so its rate must be 0.", "tax_rate"),
    "06": ("An allowance is “{category}”, so its rate must be 0.", "allowances_charges"),
    "07": ("A charge is “{category}”, so its rate must be 0.", "allowances_charges"),
}
_UNTAXED = {"09": ("The breakdown of “{category}” must have no VAT.", "vat_breakdown")}  # all but S
_WITH_REASON = {"10": ("“{category}” needs a reason why no VAT is due.", "exemption_reason")}  # all but S and Z
_WITHOUT_REASON = {"10": ("“{category}” must have no reason why no VAT is due.", "vat_breakdown")}  # S and Z
_STANDARD = {
    "05": ("A line is taxed at the standard rate, so its rate must be above 0.", "tax_rate"),
    "06": ("An allowance is taxed at the standard rate, so its rate must be above 0.", "allowances_charges"),
    "07": ("A charge is taxed at the standard rate, so its rate must be above 0.", "allowances_charges"),
    "09": ("VAT is not its taxable amount times its rate.", "vat_breakdown"),
}
_OUTSIDE = {
    "02": ("A line is outside the scope of VAT, so there may be no VAT numbers.", "supplier_vat_number"),
    "03": ("An allowance is outside the scope of VAT, so there may be no VAT numbers.", "supplier_vat_number"),
    "04": ("A charge is outside the scope of VAT, so there may be no VAT numbers.", "supplier_vat_number"),
    "05": ("A line is outside the scope of VAT, so it may have no rate.", "tax_rate"),
    "06": ("An allowance is outside the scope of VAT, so it may have no rate.", "allowances_charges"),
    "07": ("A charge is outside the scope of VAT, so it may have no rate.", "allowances_charges"),
}
_TWO_SIDED = {"AE", "IC"}  # the customer's number is needed too, and more often the one that is missing
_DECIMALS = {
    "01": ("An allowance", "allowances_charges"), "02": ("An allowance's base", "allowances_charges"),
    "05": ("A charge", "allowances_charges"), "06": ("A charge's base", "allowances_charges"),
    "09": ("The sum of the lines", "net_amount"), "10": ("The sum of the allowances", "allowances_charges"),
    "11": ("The sum of the charges", "allowances_charges"), "12": ("The total without VAT", "net_amount"),
    "13": ("The total VAT", "tax_amount"), "14": ("The total with VAT", "total_amount"),
    "15": ("VAT in the other currency", "tax_amount"), "16": ("What is paid", "prepaid_amount"),
    "17": ("The rounding", "rounding_amount"), "18": ("The amount due", "total_amount"),
    "19": ("A taxable amount", "vat_breakdown"), "20": ("An amount of VAT", "vat_breakdown"),
    "23": ("A line's net amount", "net_amount"), "24": ("A line's allowance", "allowances_charges"),
    "25": ("The base of a line's allowance", "allowances_charges"), "27": ("A line's charge", "allowances_charges"),
    "28": ("The base of a line's charge", "allowances_charges"),
}  # fmt: skip


def _of_category(code: str) -> dict[str, tuple[str, str]]:
    if code == "S":
        own = {**_OF_TAXABLE, **_STANDARD, **_WITHOUT_REASON}
    elif code == "O":
        own = {**_OUTSIDE, **_UNTAXED, **_WITH_REASON}
    else:
        own = {**_OF_TAXABLE, **_WITHOUT_VAT, **_UNTAXED, **(_WITHOUT_REASON if code == "Z" else _WITH_REASON)}
    if code in _TWO_SIDED:
        own |= {number: (own[number][0], "customer_vat_number") for number in _OF_TAXABLE}
    return {
        f"BR-{code}-{number}": (text.replace("{category}", _CATEGORIES[code]), field)
        for number, (text, field) in {**_OF_EVERY_CATEGORY, **own}.items()
    }


MEANINGS = {
    **_RULES,
    **{rule: meaning for code in _CATEGORIES for rule, meaning in _of_category(code).items()},
    **{
        f"BR-DEC-{number}": (f"{what} has more than two decimals.", field)
        for number, (what, field) in _DECIMALS.items()
    },
}
