
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exchange', '0002_exchange_in_full'),
    ]

    operations = [
        migrations.CreateModel(
            name='ErasedRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.CharField(max_length=60)),
                ('resource', models.CharField(max_length=60)),
                ('row_ref', models.CharField(max_length=40)),
                ('erasure', models.CharField(max_length=40)),
                ('erased_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organisation', 'resource', 'row_ref', 'erasure'), name='erased_row_noted_once')],
            },
        ),
    ]
