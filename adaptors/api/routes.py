"""The routes of adaptors and of what goes out through them."""

from __future__ import annotations

from rest_framework.routers import BaseRouter

from adaptors.api.activations import Activations
from adaptors.api.answers import Answers
from adaptors.api.catalogue import Catalogue
from adaptors.api.export_rules import ExportRules
from adaptors.api.manual_exports import ManualExports
from adaptors.api.receipts import OwnReceipts, Receipts
from adaptors.api.transactions import Transactions

_ONE = "transactions/(?P<transaction>[0-9]{1,18})"


def register(router: BaseRouter) -> None:
    router.register("adaptors/catalogue", Catalogue, basename="catalogue")
    router.register("adaptors", Activations, basename="adaptors")
    router.register("export-rules", ExportRules, basename="export_rules")
    router.register("transactions", Transactions, basename="transactions")
    router.register(f"{_ONE}/receipts", OwnReceipts, basename="own_receipts")
    router.register("receipts", Receipts, basename="receipts")
    router.register("answers", Answers, basename="answers")
    router.register("manual-exports", ManualExports, basename="manual_exports")
