"""The functions and objects we send, as elements in the order of their schema.

The gateway checks the order of the lower-case functions and refuses what stands elsewhere; upper-case objects may come
in any order, and keep one of their own here. Elements are only built from these tables, so the order cannot be wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from lxml import etree

from connectors.erp.intacct.values import DATE, amount_of, text_of

Content = str | bool | date | Decimal | Mapping[str, "Content"] | Sequence["Content"] | None

_LINE = (
    "accountlabel", "glaccountno", "offsetglaccountno", "amount", "allocationid", "memo", "locationid", "departmentid",
    "key", "totalpaid", "totaldue", "customfields", "revrectemplate", "defrevaccount", "revrecstartdate",
    "revrecenddate", "projectid", "taskid", "costtypeid", "customerid", "vendorid", "employeeid", "itemid", "classid",
    "contractid", "warehouseid", "billable", "totaltrxamount",
)  # fmt: skip
_ADDRESS = ("ADDRESS1", "ADDRESS2", "ADDRESS3", "CITY", "STATE", "ZIP", "COUNTRY", "COUNTRYCODE", "ISOCOUNTRYCODE")
_PERSON = (
    "CONTACTNAME", "PRINTAS", "COMPANYNAME", "PREFIX", "FIRSTNAME", "LASTNAME", "INITIAL", "PHONE1", "PHONE2",
    "CELLPHONE", "PAGER", "FAX", "EMAIL1", "EMAIL2", "URL1", "URL2", "STATUS", "MAILADDRESS",
)  # fmt: skip
_RECEIPT = (
    "CUSTOMERID", "PAYMENTMETHOD", "PAYMENTDATE", "RECEIPTDATE", "FINANCIALENTITY", "UNDEPOSITEDACCOUNTNO", "PRBATCH",
    "DOCNUMBER", "DESCRIPTION", "CURRENCY", "BASECURR", "EXCH_RATE_DATE", "EXCH_RATE_TYPE_ID", "EXCHANGE_RATE",
)  # fmt: skip

ORDER: dict[str, tuple[str, ...]] = {
    "create_invoice": (
        "customerid", "datecreated", "dateposted", "datedue", "termname", "invoiceno", "ponumber", "onhold",
        "description", "externalid", "billto", "shipto", "basecurr", "currency", "exchratedate", "exchratetype",
        "exchrate", "nogl", "supdocid", "invoiceitems",
    ),
    "create_aradjustment": (
        "customerid", "datecreated", "dateposted", "adjustmentno", "invoiceno", "description", "externalid", "basecurr",
        "currency", "exchratedate", "exchratetype", "exchrate", "nogl", "aradjustmentitems",
    ),
    "invoiceitems": ("lineitem",),
    "aradjustmentitems": ("lineitem",),
    "lineitem": _LINE,
    "billto": ("contactname",),
    "shipto": ("contactname",),
    "CUSTOMER": (
        "RECORDNO", "CUSTOMERID", "NAME", "DISPLAYCONTACT", "STATUS", "TERMNAME", "TAXID", "CREDITLIMIT",
        "ONHOLD", "CURRENCY", "COMMENTS", "CONTACTINFO", "BILLTO", "SHIPTO",
    ),
    "CONTACT": _PERSON,
    "DISPLAYCONTACT": _PERSON,
    "MAILADDRESS": _ADDRESS,
    "CONTACTINFO": ("CONTACTNAME",),
    "BILLTO": ("CONTACTNAME",),
    "SHIPTO": ("CONTACTNAME",),
    "ARADVANCE": (*_RECEIPT, "ARADVANCEITEMS"),
    "ARADVANCEITEMS": ("ARADVANCEITEM",),
    "ARADVANCEITEM": ("ACCOUNTNO", "TRX_AMOUNT", "ENTRYDESCRIPTION", "LOCATIONID", "DEPARTMENTID"),
    "ARPYMT": (*_RECEIPT, "OVERPAYMENTAMOUNT", "OVERPAYMENTLOCATIONID", "ARPYMTDETAILS"),
    "ARPYMTDETAILS": ("ARPYMTDETAIL",),
    "ARPYMTDETAIL": ("RECORDKEY", "POSADJKEY", "TRX_PAYMENTAMOUNT"),
}  # fmt: skip


def element(tag: str, content: Content) -> etree._Element:
    """An element with its children in the order of the schema; what is None is left out. A list is several children of
    one tag. Raises ValueError for a child that the schema does not have."""
    made = etree.Element(tag)
    if isinstance(content, Mapping):
        order = ORDER[tag]
        if unknown := content.keys() - set(order):
            raise ValueError(f"{tag} has no {', '.join(sorted(unknown))}.")
        for child in order:
            several = content.get(child)
            for one in several if isinstance(several, list | tuple) else [several]:
                if one is not None:
                    made.append(element(child, one))
    elif isinstance(content, date) and tag.islower():
        for part in ("year", "month", "day"):
            etree.SubElement(made, part).text = f"{getattr(content, part):02}"
    else:
        made.text = _text(tag, content) or None
    return made


def _text(tag: str, value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case date():
            return value.strftime(DATE)
        case Decimal():
            return amount_of(value, tag)
        case None:
            return ""
    return text_of(value)


def in_function(control_id: str, made: etree._Element) -> etree._Element:
    """Under an id that is the same at every attempt, by which the gateway knows a function again that it has done."""
    function = etree.Element("function", controlid=control_id)
    function.append(made)
    return function


def created(tag: str, content: Mapping[str, Content]) -> etree._Element:
    """The function that creates an upper-case object."""
    function = etree.Element("create")
    function.append(element(tag, content))
    return function
