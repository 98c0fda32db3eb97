from django.db import migrations

from tongchou.ledger import triggers


class Migration(migrations.Migration):
    """Refuse UPDATE and DELETE where the ledger is append-only."""

    dependencies = [("ledger", "0001_entries")]
    operations = [migrations.RunPython(triggers.install_by_migration, triggers.remove_by_migration)]
