from django.db import migrations

from tongchou.flow import triggers


class Migration(migrations.Migration):
    """Refuse to change versions, events and the version of an instance."""

    dependencies = [("flow", "0001_flow")]
    operations = [migrations.RunPython(triggers.install_by_migration, triggers.remove_by_migration)]
