from django.db import migrations

from arhub.tenancy.operations import EnableRLS, TenantForeignKey

OWNED = ["Ingestion", "IngestionFile", "Count", "InvalidRow", "Change", "LogEntry"]
KEYS = [
    ("Ingestion", "source", "arhub.Source"),
    ("IngestionFile", "ingestion", "Ingestion"),
    ("Count", "file", "IngestionFile"),
    ("InvalidRow", "file", "IngestionFile"),
    ("Change", "ingestion", "Ingestion"),
    ("LogEntry", "ingestion", "Ingestion"),
]


class Migration(migrations.Migration):
    """Who may see which row, in the database itself."""

    dependencies = [("ingestion", "0001_initial"), ("arhub", "0002_tenancy")]

    operations = [
        *(EnableRLS(name) for name in OWNED),
        *(TenantForeignKey(child, field, parent) for child, field, parent in KEYS),
    ]
