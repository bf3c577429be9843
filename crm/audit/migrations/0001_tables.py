"""The audit log's table; what keeps its entries from being changed comes after it."""

from django.conf import settings
from django.db import migrations, models
import crm.tenancy.walls
import django.db.models.deletion
import django.utils.timezone


class Migration(migrations.Migration):
    replaces = [
        ("audit", "0001_initial"),
        ("audit", "0003_indexes_for_filters"),
    ]

    initial = True

    dependencies = [
        ("tenancy", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('action', models.CharField(help_text='What was done, such as candidate.erased', max_length=60)),
                ('object_type', models.CharField(blank=True, max_length=60)),
                ('object_id', models.BigIntegerField(null=True)),
                ('details', models.JSONField(default=dict)),
                ('ip_address', models.GenericIPAddressField(null=True)),
                ('actor', models.ForeignKey(help_text='Empty for what Rapport did by itself.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
            ],
            options={
                'verbose_name_plural': 'audit entries',
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['organization', '-at', '-id'], name='audit_newest'), models.Index(fields=['organization', 'object_type', 'object_id'], name='audit_object'), models.Index(fields=['organization', 'action', '-at', '-id'], name='audit_action'), models.Index(fields=['organization', 'actor', '-at', '-id'], name='audit_actor')],
            },
        ),
        crm.tenancy.walls.BuildWalls(
            name='auditentry',
        ),
    ]
