from django.db import migrations

from tongchou.ledger import triggers


class Migration(migrations.Migration):
    """Refuse UPDATE and DELETE of what witnesses sent."""

    dependencies = [("ledger", "0003_witnesses")]
    operations = [migrations.RunPython(triggers.install_by_migration, migrations.RunPython.noop)]
