"""Rules of OIOUBL 2.1: F-INV of invoices, F-CRN of credit notes, F-LIB of both."""

from __future__ import annotations

_ORDER = ("The customer's order number is missing; public customers insist on one.", "customer_order_number")
_ORDER_EMPTY = ("The customer's order number is empty.", "customer_order_number")
_NUMBER = ("The document has no number.", "invoice_number")
_CURRENCY = ("The document has no currency.", "currency")
_OTHER_CURRENCY = ("An amount is in another currency than the document.", "currency")
_VAT_TOTAL = ("The document has no total of VAT.", "vat_breakdown")
_SUPPLIER_ENDPOINT = ("The supplier has no endpoint.", "supplier_endpoint_id")
_CUSTOMER_ENDPOINT = ("The customer has no endpoint.", "customer_endpoint_id")
_SUPPLIER_LEGAL = ("The supplier's registration number is missing.", "supplier_registration_number")
_CUSTOMER_CONTACT = ("The customer has no contact person.", "customer_contact_name")
_CONTACT_ID = ("The customer's contact person needs a reference or a name to be known by.", "customer_buyer_reference")
_LINES = ("The lines do not add up to the sum of the lines.", "net_amount")
_VAT_SUM = ("The VAT breakdown does not add up to the total VAT.", "tax_amount")
_GROSS = ("The total with VAT is not lines, VAT, charges less allowances.", "total_amount")
_ALLOWANCES = ("The allowances do not add up to their total.", "allowances_charges")
_CHARGES = ("The charges do not add up to their total.", "allowances_charges")
_ROUNDING = ("The rounding is more than 10 up or down.", "rounding_amount")
_PAYABLE = ("The amount due is not the total with VAT less what is paid, plus rounding.", "total_amount")
_QUANTITY = ("A line has no quantity.", "quantity")
_NO_QUANTITY = ("A line's quantity may not be 0.", "quantity")
_LINE_VAT = ("A line has no VAT.", "tax_amount")
_PRICE = ("A line has no price.", "unit_price")
_LINE_NUMBER = ("A line has no number.", "line_number")
_LINE_NET = ("A line's net amount is not its quantity times its price, within 1.00.", "net_amount")
_ITEM = ("A line does not say what was sold.", "description")
_CVR = "The {party}'s CVR number is wrong: DK and 8 digits are expected."
_GLN = "The {party}'s GLN is wrong: 13 digits are expected."
_BRANCH = ("The bank's registration number is missing or wrong: 4 digits are expected.", "supplier_bank_branch")
_ACCOUNT = ("The bank account is missing or too long: at most 10 digits are expected.", "supplier_bank_account")
_IBAN = ("The IBAN is missing or has the wrong length.", "supplier_iban")
_CARD_TYPE = ("A FIK slip needs a card type: 71, 73 or 75.", "supplier_fik_type")
_FIK = ("A FIK slip needs a payment id: 15 digits with type 71, 16 with 75.", "payment_reference")

_SAME = {  # F-INV, F-CRN
    ("002", "002"): _ORDER, ("024", "022"): _ORDER_EMPTY, ("009", "006"): _NUMBER, ("007", "004"): _CURRENCY,
    ("012", "007"): _OTHER_CURRENCY, ("013", "008"): _OTHER_CURRENCY, ("014", "009"): _OTHER_CURRENCY,
    ("008", "005"): _VAT_TOTAL, ("031", "028"): _SUPPLIER_ENDPOINT, ("044", "040"): _CUSTOMER_ENDPOINT,
    ("034", "031"): _SUPPLIER_LEGAL, ("046", "042"): _CUSTOMER_CONTACT, ("051", "047"): _CONTACT_ID,
    ("126", "072"): _LINES, ("127", "073"): _VAT_SUM, ("128", "074"): _GROSS, ("129", "075"): _ALLOWANCES,
    ("130", "076"): _CHARGES, ("338", "208"): _ROUNDING, ("133", "079"): _PAYABLE, ("137", "196"): _QUANTITY,
    ("147", "088"): _NO_QUANTITY, ("138", "081"): _LINE_VAT, ("139", "083"): _PRICE, ("140", "084"): _LINE_NUMBER,
    ("340", "210"): _LINE_NET, ("348", "216"): _LINE_NET, ("163", "110"): _ITEM,
}  # fmt: skip

MEANINGS = {
    **{f"F-INV{invoice}": meaning for (invoice, _), meaning in _SAME.items()},
    **{f"F-CRN{credit}": meaning for (_, credit), meaning in _SAME.items()},
    "F-INV134": ("The amount in the terms of payment is not the amount due.", "payment_terms"),
    "F-INV142": ("A line names a line of an order, but the document names no order.", "customer_order_number"),
    "F-LIB001": ("The document does not say that it is UBL 2.1; its format writes that.", ""),
    "F-LIB002": ("The document does not say that it follows OIOUBL 2.1; its format writes that.", ""),
    "F-LIB007": ("A line's quantity has no unit.", "unit_code"),
    "F-LIB016": ("The total with VAT may not be below zero.", "total_amount"),
    "F-LIB019": ("An allowance or charge must be above zero.", "allowances_charges"),
    "F-LIB080": ("The period ends before it begins.", "period_end"),
    "F-LIB098": ("An attachment is of a type that may not go along.", ""),
    "F-LIB100": ("The way of payment is none that OIOUBL knows.", "supplier_payment_means"),
    "F-LIB107": _IBAN, "F-LIB113": _IBAN, "F-LIB114": _IBAN, "F-LIB115": _IBAN, "F-LIB377": _IBAN,
    "F-LIB124": _BRANCH, "F-LIB127": _BRANCH, "F-LIB130": _BRANCH, "F-LIB132": _BRANCH, "F-LIB311": _BRANCH,
    "F-LIB125": _ACCOUNT, "F-LIB126": _ACCOUNT, "F-LIB131": _ACCOUNT,
    "F-LIB152": _CARD_TYPE, "F-LIB155": _CARD_TYPE,
    "F-LIB153": _FIK, "F-LIB156": _FIK, "F-LIB157": _FIK, "F-LIB336": _FIK,
    "F-LIB305": ("A FIK slip needs a creditor number of 8 digits.", "supplier_fik_creditor"),
    "F-LIB179": ("The {party}'s endpoint is of a kind that OIOUBL does not know.", "{party}_endpoint_scheme"),
    "F-LIB180": (_CVR, "{party}_endpoint_id"),
    "F-LIB181": (_GLN, "{party}_endpoint_id"),
    "F-LIB184": (_CVR, "{party}_registration_number"),
    "F-LIB185": (_GLN, "{party}_gln"),
    "F-LIB187": ("The {party}'s registration number is empty.", "{party}_registration_number"),
    "F-LIB190": (_CVR, "{party}_registration_number"),
    "F-LIB193": ("The {party}'s VAT number is empty.", "{party}_vat_number"),
    "F-LIB196": ("The {party}'s SE number is wrong: DK and 8 digits are expected.", "{party}_vat_number"),
    "F-LIB213": ("The {party}'s address has no country.", "{party}_country"),
    "F-LIB226": ("An allowance or charge has no VAT category.", "allowances_charges"),
    "F-LIB228": ("An allowance or charge is not its base times its percentage.", "allowances_charges"),
    "F-LIB248": ("An allowance or charge has a percentage, but not of what.", "allowances_charges"),
    "F-LIB298": ("The currency is no code of ISO 4217, such as DKK.", "currency"),
    "F-LIB303": ("A rounding of 0 must be left out.", "rounding_amount"),
    "F-LIB306": ("The document must have one total of VAT, not several.", "vat_breakdown"),
    "F-LIB318": ("A line's unit is no code of UN/ECE Recommendation 20, such as C62 for pieces.", "unit_code"),
    "F-LIB381": ("Something is taxed at the standard rate, but its VAT is 0.", "vat_breakdown"),
    "F-LIB385": ("The parts of the VAT do not add up to the total VAT.", "tax_amount"),
    "F-LIB400": ("Something is taxed at the zero rate, so its VAT and its rate must be 0.", "vat_breakdown"),
    "F-LIB401": ("VAT is not its taxable amount times its rate, within 1.00.", "tax_amount"),
    "F-LIB402": ("A taxable amount is not the sum of what is taxed so.", "vat_breakdown"),
    "F-LIB403": ("An amount's currency is no code of ISO 4217, such as DKK.", "currency"),
    "F-LIB404": ("The VAT categories of lines, allowances and totals are not the same.", "vat_breakdown"),
}  # fmt: skip
