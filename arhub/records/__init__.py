"""Every kind of record the hub takes in, declared once.

From here come the header mapping, coercion, staging tables, merges, templates, guide pages and exports.
The order is the order records are written in: what others refer to comes first.
"""

from __future__ import annotations

from arhub.records.base import Field, Kind, RecordType, normalise
from arhub.records.documents import CREDIT_MEMO, INVOICE, INVOICE_LINE, PAYABLE_TYPES
from arhub.records.money import CREDIT_MEMO_APPLIED, CUSTOM_FIELD, OUTSTANDING_ITEM, PAYMENT, PAYMENT_APPLIED
from arhub.records.parties import ACCOUNT, CONTACT
from arhub.records.workflow import WORKFLOW_STATUS

RECORD_TYPES: dict[str, RecordType] = {
    record_type.name: record_type
    for record_type in (
        ACCOUNT,
        CONTACT,
        INVOICE,
        CREDIT_MEMO,
        INVOICE_LINE,
        WORKFLOW_STATUS,
        PAYMENT,
        PAYMENT_APPLIED,
        CREDIT_MEMO_APPLIED,
        OUTSTANDING_ITEM,
        CUSTOM_FIELD,
    )
}

__all__ = ["PAYABLE_TYPES", "RECORD_TYPES", "Field", "Kind", "RecordType", "normalise"]
