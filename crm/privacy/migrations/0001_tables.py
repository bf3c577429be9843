"""Retention policies and the runs that purge."""

from django.conf import settings
from django.db import migrations, models
import crm.tenancy.walls
import django.core.validators
import django.db.models.deletion
import django.utils.timezone


class Migration(migrations.Migration):
    replaces = [
        ("privacy", "0001_initial"),
        ("privacy", "0002_keep_days_have_a_limit"),
    ]

    initial = True

    dependencies = [
        ("tenancy", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PurgeRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('running', 'Running'), ('done', 'Done')], default='running', max_length=10)),
                ('trigger', models.CharField(choices=[('nightly', 'Nightly run'), ('manual', 'Run by hand'), ('erasure', 'Erasure of one person')], max_length=10)),
                ('slot', models.DateField(null=True)),
                ('is_dry_run', models.BooleanField(default=False)),
                ('keep_days', models.PositiveIntegerField(null=True)),
                ('cutoff_at', models.DateTimeField(null=True)),
                ('last_id', models.BigIntegerField(default=0, help_text='Where the next batch starts')),
                ('candidate_count', models.PositiveIntegerField(default=0)),
                ('counts', models.JSONField(default=dict, help_text='Kind of row to number of rows')),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('finished_at', models.DateTimeField(null=True)),
                ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['organization', '-started_at', '-id'], name='purge_run_newest')],
                'constraints': [models.UniqueConstraint(fields=('organization', 'slot'), name='one_nightly_purge')],
            },
        ),
        migrations.CreateModel(
            name='RetentionPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_enabled', models.BooleanField(default=False, verbose_name='run every night')),
                ('keep_days', models.PositiveIntegerField(default=730, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(36500)], verbose_name='days to keep')),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
            ],
            options={
                'verbose_name_plural': 'retention policies',
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('organization',), name='one_retention_policy')],
            },
        ),
        crm.tenancy.walls.BuildWalls(
            name='purgerun',
        ),
        crm.tenancy.walls.BuildWalls(
            name='retentionpolicy',
        ),
    ]
