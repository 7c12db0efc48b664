from django.db import migrations

from arhub.tenancy.operations import EnableRLS, TenantForeignKey

OWNED = [
    "Ledger", "Source", "BankAccount", "Account", "Contact", "Document", "DocumentLine", "Payment", "Application",
    "OutstandingItem", "CustomFieldValue",
]  # fmt: skip
KEYS = [
    ("Source", "ledger", "Ledger"),
    ("Contact", "account", "Account"),
    ("Document", "account", "Account"),
    ("DocumentLine", "document", "Document"),
    ("Payment", "account", "Account"),
    ("Application", "document", "Document"),
    ("OutstandingItem", "document", "Document"),
]


class Migration(migrations.Migration):
    """Who may see which row, in the database itself."""

    dependencies = [("arhub", "0001_initial")]

    operations = [
        EnableRLS("Tenant", column="id"),
        *(EnableRLS(name) for name in OWNED),
        *(TenantForeignKey(child, field, parent) for child, field, parent in KEYS),
    ]
