from django.db import migrations


class Migration(migrations.Migration):
    """Nothing ever filled it: what a file is read as is told by the file."""

    dependencies = [("ingestion", "0004_tenancy_of_reviews")]

    operations = [migrations.RemoveField("ingestionfile", "format")]
