"""Joins the branches this one stands on."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("pool", "0002_base"), ("pool", "0002_places")]
    operations: list[object] = []
