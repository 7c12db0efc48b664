from django.db import migrations

from arhub.tenancy.operations import EnableRLS, TenantForeignKey

OWNED = ["MappingProfile", "Repair", "Review", "Kept"]
KEYS = [
    ("MappingProfile", "source", "arhub.Source"),
    ("Repair", "file", "IngestionFile"),
    ("Review", "ingestion", "Ingestion"),
    ("Kept", "ingestion", "Ingestion"),
]


class Migration(migrations.Migration):
    """Who may see which profile, repair, review and kept record, in the database itself."""

    dependencies = [("ingestion", "0003_mapping_review_repair_undo")]

    operations = [
        *(EnableRLS(name) for name in OWNED),
        *(TenantForeignKey(child, field, parent) for child, field, parent in KEYS),
    ]
