"""Adaptors as a tenant uses them, the documents that go out through them, and what comes back."""

from __future__ import annotations

from adaptors.models.activations import Activation, CommonSettings, ExportRule, PassedOver
from adaptors.models.answers import Answer, Expectation
from adaptors.models.manual_exports import ManualExport, ManualExportItem, ManualSearch
from adaptors.models.mapping import FieldMapping, LookupEntry, LookupTable
from adaptors.models.notifications import Notice, NoticeEntry, NoticeMessage, NotificationSetting
from adaptors.models.transactions import DayCount, Transaction, TransactionEntry

__all__ = [
    "Activation", "Answer", "CommonSettings", "DayCount", "Expectation", "ExportRule", "FieldMapping", "LookupEntry",
    "LookupTable", "ManualExport", "ManualExportItem", "ManualSearch", "Notice", "NoticeEntry", "NoticeMessage",
    "NotificationSetting", "PassedOver", "Transaction", "TransactionEntry",
]  # fmt: skip
