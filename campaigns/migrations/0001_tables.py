"""Sequences, enrollments, mails, senders and connected accounts; the walls around them stand from here on."""

from django.conf import settings
from django.db import migrations, models
import campaigns.models.accounts
import campaigns.models.senders
import crm.tenancy.create_models
import crm.tenancy.walls
import crm.web.time_zones
import datetime
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.constraints
import django.db.models.deletion
import django.utils.timezone
import uuid


class Migration(migrations.Migration):
    replaces = [
        ("campaigns", "0001_initial"),
        ("campaigns", "0002_initial"),
        ("campaigns", "0003_sender_blocks_and_handed_at"),
        ("campaigns", "0005_message_crashes"),
        ("campaigns", "0007_stopped_by_a_merge"),
        ("campaigns", "0008_known_time_zones"),
        ("campaigns", "0010_what_answers_want"),
        ("campaigns", "0011_accounts_and_mailboxes"),
        ("campaigns", "0012_templates_and_letters"),
        ("campaigns", "0013_candidacy_mails"),
        ("campaigns", "0014_calendars_of_mails"),
        ("campaigns", "0015_versions_windows_and_limits"),
    ]

    initial = True

    dependencies = [
        ("candidates", "0002_tables"),
        ("pipelines", "0001_tables"),
        ("tenancy", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        crm.tenancy.create_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name='MailAccount',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=120)),
                        ('kind', models.CharField(choices=[('smtp', 'Mail server (SMTP)'), ('brevo', 'Brevo'), ('mailgun', 'Mailgun'), ('mailjet', 'Mailjet'), ('postmark', 'Postmark'), ('resend', 'Resend'), ('sparkpost', 'SparkPost')], default='smtp', max_length=10)),
                        ('host', models.CharField(blank=True, max_length=253)),
                        ('port', models.PositiveIntegerField(default=465)),
                        ('security', models.CharField(choices=[('tls', 'TLS from the start'), ('starttls', 'STARTTLS'), ('none', 'None (only on the same machine)')], default='tls', max_length=8)),
                        ('username', models.CharField(blank=True, help_text="Of Mailjet the API key, of others the user's name", max_length=254)),
                        ('domain', models.CharField(blank=True, help_text="Mailgun's sending domain", max_length=253)),
                        ('secret', models.TextField(blank=True, editable=False)),
                        ('checked_at', models.DateTimeField(blank=True, editable=False, null=True)),
                        ('problem', models.CharField(blank=True, editable=False, max_length=300)),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                    ],
                    options={
                        'ordering': ['name'],
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'constraints': [models.UniqueConstraint(fields=('organization', 'name'), name='one_mail_account_per_name')],
                    },
                ),
                migrations.CreateModel(
                    name='Mailbox',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('address', models.EmailField(max_length=254)),
                        ('host', models.CharField(max_length=253)),
                        ('port', models.PositiveIntegerField(default=993)),
                        ('security', models.CharField(choices=[('tls', 'TLS from the start'), ('starttls', 'STARTTLS'), ('none', 'None (only on the same machine)')], default='tls', max_length=8)),
                        ('username', models.CharField(max_length=254)),
                        ('secret', models.TextField(blank=True, editable=False)),
                        ('folders', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), default=campaigns.models.accounts.inbox_only, help_text='Only these are looked into', size=None)),
                        ('ignored', models.TextField(blank=True, help_text='Addresses and domains whose mail is never kept, one a line')),
                        ('since', models.DateTimeField(default=django.utils.timezone.now, help_text='Older mail is not looked at')),
                        ('positions', models.JSONField(default=dict, editable=False)),
                        ('next_sync_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, null=True)),
                        ('tried_at', models.DateTimeField(blank=True, editable=False, null=True)),
                        ('synced_at', models.DateTimeField(blank=True, editable=False, null=True)),
                        ('behind', models.PositiveIntegerField(default=0, editable=False, help_text='Mails not looked at')),
                        ('failures', models.PositiveSmallIntegerField(default=0, editable=False)),
                        ('problem', models.CharField(blank=True, editable=False, max_length=300)),
                        ('seen_count', models.PositiveIntegerField(default=0, editable=False)),
                        ('kept_count', models.PositiveIntegerField(default=0, editable=False)),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name_plural': 'mailboxes',
                        'ordering': ['address'],
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'constraints': [models.UniqueConstraint(fields=('organization', 'address'), name='one_mailbox_per_address')],
                    },
                ),
                migrations.CreateModel(
                    name='Sender',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(help_text='Shown to the candidate as the writer', max_length=120)),
                        ('address', models.EmailField(max_length=254)),
                        ('daily_cap', models.PositiveIntegerField(default=80, help_text='Mails in any 24 hours')),
                        ('hourly_cap', models.PositiveIntegerField(blank=True, help_text='Mails in any 60 minutes; empty: no such cap', null=True)),
                        ('gap_seconds', models.PositiveSmallIntegerField(default=campaigns.models.senders.usual_gap, help_text='Seconds between two mails, at least')),
                        ('window_days', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), default=campaigns.models.senders.weekdays, size=None)),
                        ('window_start', models.TimeField(default=datetime.time(9, 0))),
                        ('window_end', models.TimeField(default=datetime.time(18, 0))),
                        ('time_zone', models.CharField(default='UTC', max_length=64, validators=[crm.web.time_zones.refuse_unknown_zone])),
                        ('paused_at', models.DateTimeField(blank=True, editable=False, null=True)),
                        ('paused_because', models.CharField(blank=True, editable=False, max_length=200)),
                        ('blocked_until', models.DateTimeField(blank=True, editable=False, null=True)),
                        ('blocked_because', models.CharField(blank=True, editable=False, max_length=200)),
                        ('account', models.ForeignKey(blank=True, db_constraint=False, help_text='What its mail goes out through; empty: the mail server of this installation', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='senders', to='campaigns.mailaccount')),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'ordering': ['name'],
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'constraints': [models.UniqueConstraint(fields=('organization', 'address'), name='one_sender_per_address')],
                    },
                ),
                migrations.CreateModel(
                    name='SendingRules',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('daily_cap', models.PositiveIntegerField(blank=True, help_text='Mails of all senders in any 24 hours; empty: no such cap', null=True)),
                        ('domain_cap', models.PositiveIntegerField(default=10, help_text='In any 24 hours to one e-mail domain. Public mail services such as Gmail do not count.', validators=[django.core.validators.MinValueValidator(1)], verbose_name='Mails a day to one company')),
                        ('budget_mails', models.PositiveSmallIntegerField(default=4, help_text='From everybody together: sequences, newsletters and colleagues.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='Mails to one person')),
                        ('budget_days', models.PositiveSmallIntegerField(default=7, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(365)], verbose_name='Within so many days')),
                        ('quiet_start', models.TimeField(blank=True, help_text="In the recipient's time zone; empty: no quiet hours", null=True)),
                        ('quiet_end', models.TimeField(blank=True, null=True)),
                        ('bounce_limit', models.DecimalField(decimal_places=1, default=5, max_digits=4, verbose_name='Bounces that stop a sender, %')),
                        ('complaint_limit', models.DecimalField(decimal_places=1, default='0.3', max_digits=4, verbose_name='Complaints that stop a sender, %')),
                        ('blocked_until', models.DateTimeField(blank=True, editable=False, null=True)),
                        ('unfinished', models.PositiveSmallIntegerField(default=0, editable=False)),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                    ],
                    options={
                        'verbose_name_plural': 'sending rules',
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'constraints': [models.UniqueConstraint(fields=('organization',), name='one_row_of_sending_rules')],
                    },
                ),
                migrations.CreateModel(
                    name='SendPermission',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('state', models.CharField(choices=[('asked', 'Asked'), ('granted', 'Granted'), ('revoked', 'Taken back')], default='asked', max_length=8)),
                        ('asked_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('decided_at', models.DateTimeField(blank=True, editable=False, null=True)),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('sender', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='permissions', to='campaigns.sender')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'constraints': [models.UniqueConstraint(fields=('organization', 'sender', 'user'), name='one_permission_per_pair')],
                    },
                ),
                migrations.CreateModel(
                    name='Sequence',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=120)),
                        ('state', models.CharField(choices=[('draft', 'Draft'), ('active', 'Active'), ('paused', 'Paused'), ('archived', 'Archived')], default='draft', max_length=10)),
                        ('version', models.PositiveSmallIntegerField(default=1, editable=False)),
                        ('zone_of', models.CharField(choices=[('sender', "The sender's time zone"), ('recipient', "The recipient's time zone")], default='sender', max_length=10, verbose_name='hours count in')),
                        ('window_days', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), blank=True, null=True, size=None)),
                        ('window_start', models.TimeField(blank=True, null=True)),
                        ('window_end', models.TimeField(blank=True, null=True)),
                        ('holidays', models.CharField(blank=True, help_text="A country's code, or “recipient”; empty: none", max_length=9)),
                        ('starts_per_day', models.PositiveIntegerField(blank=True, help_text='People who get their first step in any 24 hours', null=True)),
                        ('entry', models.CharField(choices=[('once', 'Once only'), ('again', 'Again, once they have finished'), ('always', 'Again, however it ended')], default='once', max_length=6)),
                        ('is_exclusive', models.BooleanField(default=True, help_text='Nobody joins who is on another sequence')),
                        ('quiet_days', models.PositiveSmallIntegerField(default=14, help_text='Days since anybody of the team last wrote or spoke to the person')),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('sender', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='sequences', to='campaigns.sender')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', '-created_at', '-id'], name='sequence_newest')],
                        'constraints': [models.UniqueConstraint(fields=('organization', 'name'), name='one_sequence_per_name')],
                    },
                ),
                migrations.CreateModel(
                    name='AutoEnrollment',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('ends_on_leaving', models.BooleanField(default=False, help_text='Whoever leaves the pool or stage is taken off the sequence')),
                        ('since', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('pool', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='candidates.talentpool')),
                        ('stage', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='pipelines.stage')),
                        ('sequence', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='auto', to='campaigns.sequence')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'constraints': [models.UniqueConstraint(fields=('organization', 'sequence', 'pool'), name='one_rule_per_pool'), models.UniqueConstraint(fields=('organization', 'sequence', 'stage'), name='one_rule_per_stage'), models.CheckConstraint(condition=models.Q(('pool', None), ('stage', None), _connector='XOR'), name='rule_of_a_pool_or_a_stage')],
                    },
                ),
                migrations.CreateModel(
                    name='Signature',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('body', models.TextField(max_length=1000)),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'constraints': [models.UniqueConstraint(fields=('organization', 'user'), name='one_signature_per_user')],
                    },
                ),
                migrations.CreateModel(
                    name='Snippet',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=60)),
                        ('body', models.TextField(max_length=4000)),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'ordering': ['name'],
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'constraints': [models.UniqueConstraint(fields=('organization', 'owner', 'name'), name='one_snippet_per_name', nulls_distinct=False)],
                    },
                ),
                migrations.CreateModel(
                    name='Template',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=120)),
                        ('folder', models.CharField(blank=True, max_length=60)),
                        ('visibility', models.CharField(choices=[('personal', 'Only me'), ('team', 'Everybody uses it, I edit it'), ('shared', 'Everybody uses and edits it')], default='shared', max_length=8, verbose_name='for')),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('archived_at', models.DateTimeField(blank=True, editable=False, null=True)),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'ordering': ['folder', 'name'],
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', 'folder', 'name'], name='template_shelf')],
                    },
                ),
                migrations.CreateModel(
                    name='Step',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('version', models.PositiveSmallIntegerField(default=1, editable=False)),
                        ('lineage', models.UUIDField(default=uuid.uuid4, editable=False)),
                        ('position', models.PositiveSmallIntegerField()),
                        ('kind', models.CharField(choices=[('mail', 'Mail'), ('task', 'Task'), ('call', 'Call'), ('text', 'Text message, by hand'), ('wait', 'Wait'), ('pool', 'Talent pool')], default='mail', max_length=5)),
                        ('wait_business_days', models.PositiveSmallIntegerField(default=0, help_text='Business days after the step before; 0 is at once', validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(260)])),
                        ('on_date', models.DateField(blank=True, help_text='On this day instead of after a wait', null=True)),
                        ('subject', models.CharField(blank=True, help_text='Empty: a reply in the same thread', max_length=200)),
                        ('body', models.TextField(blank=True)),
                        ('task_title', models.CharField(blank=True, max_length=200)),
                        ('pool_act', models.CharField(blank=True, choices=[('add', 'Add to'), ('remove', 'Take out of')], max_length=6)),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('pool', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='candidates.talentpool')),
                        ('sequence', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='campaigns.sequence')),
                        ('template', models.ForeignKey(blank=True, db_constraint=False, help_text='The template that its text began as', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='campaigns.template')),
                    ],
                    options={
                        'ordering': ['position'],
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'constraints': [models.UniqueConstraint(deferrable=django.db.models.constraints.Deferrable['DEFERRED'], fields=('organization', 'sequence', 'version', 'position'), name='one_step_per_position')],
                    },
                ),
                migrations.CreateModel(
                    name='Enrollment',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('state', models.CharField(choices=[('active', 'Active'), ('paused', 'Paused'), ('finished', 'Finished'), ('stopped', 'Stopped')], default='active', max_length=10)),
                        ('stop_reason', models.CharField(blank=True, choices=[('replied', 'Replied'), ('unsubscribed', 'Unsubscribed'), ('bounced', 'Address does not exist'), ('suppressed', 'Must not be written to'), ('missing_data', 'A merge field has no value'), ('no_address', 'No e-mail address'), ('manual', 'Stopped by hand'), ('merged', 'Merged with a record on a sequence'), ('interview', 'An interview was booked'), ('left', 'Left the pool or stage')], max_length=15)),
                        ('next_at', models.DateTimeField(null=True)),
                        ('waits_for', models.CharField(blank=True, help_text='Why it does not go on', max_length=200)),
                        ('version', models.PositiveSmallIntegerField(default=1, editable=False)),
                        ('started_at', models.DateTimeField(editable=False, help_text='When the first step was taken', null=True)),
                        ('crashes', models.PositiveSmallIntegerField(default=0, editable=False)),
                        ('enrolled_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('ended_at', models.DateTimeField(editable=False, null=True)),
                        ('auto', models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='campaigns.autoenrollment')),
                        ('candidate', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='enrollments', to='candidates.candidate')),
                        ('enrolled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('sequence', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='enrollments', to='campaigns.sequence')),
                        ('next_step', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaigns.step')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(condition=models.Q(('state', 'active')), fields=['next_at'], name='enrollment_due'), models.Index(fields=['organization', 'candidate'], name='enrollment_of_candidate'), models.Index(fields=['organization', 'sequence', 'started_at'], name='enrollment_started'), models.Index(fields=['organization', 'sequence', '-enrolled_at', '-id'], name='enrollment_newest')],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['active', 'paused'])), fields=('organization', 'sequence', 'candidate'), name='enrolled_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Message',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('direction', models.CharField(choices=[('out', 'Sent'), ('in', 'Received')], max_length=3)),
                        ('state', models.CharField(choices=[('queued', 'Waiting'), ('sending', 'Being sent'), ('sent', 'Sent'), ('ambiguous', 'Needs a look'), ('failed', 'Refused'), ('cancelled', 'Cancelled'), ('received', 'Received')], max_length=10)),
                        ('from_address', models.EmailField(blank=True, max_length=254)),
                        ('to_address', models.EmailField(blank=True, max_length=254)),
                        ('to_domain', models.CharField(blank=True, max_length=255)),
                        ('variant', models.CharField(blank=True, help_text='Which wording of the step', max_length=1)),
                        ('subject', models.CharField(blank=True, max_length=300)),
                        ('body_text', models.TextField(blank=True)),
                        ('body_html', models.TextField(blank=True)),
                        ('message_id', models.CharField(blank=True, help_text='The Message-ID header, with brackets', max_length=255)),
                        ('in_reply_to', models.CharField(blank=True, max_length=255)),
                        ('references', models.TextField(blank=True)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('due_at', models.DateTimeField(help_text='Not before', null=True)),
                        ('claimed_at', models.DateTimeField(help_text='When the worker took it', null=True)),
                        ('handed_at', models.DateTimeField(help_text="When it was handed to the provider; counts against the sender's cap", null=True)),
                        ('sent_at', models.DateTimeField(null=True)),
                        ('attempts', models.PositiveSmallIntegerField(default=0)),
                        ('crashes', models.PositiveSmallIntegerField(default=0, help_text='Workers that stopped before handing it over')),
                        ('waits_for', models.CharField(blank=True, help_text='Why it has not gone yet', max_length=200)),
                        ('problem', models.CharField(blank=True, max_length=300)),
                        ('provider_id', models.CharField(blank=True, max_length=200)),
                        ('is_automatic', models.BooleanField(default=False, help_text='An out-of-office or other automatic answer')),
                        ('matched_by', models.CharField(blank=True, help_text='How a received mail found its candidate', max_length=20)),
                        ('suggested_intent', models.CharField(blank=True, choices=[('interested', 'Interested'), ('not_now', 'Not now'), ('no_thanks', 'No, thanks'), ('wrong_person', 'Wrong person'), ('remove_me', 'Wants no more mail'), ('erase_me', 'Wants their data deleted')], max_length=12)),
                        ('intent', models.CharField(blank=True, choices=[('interested', 'Interested'), ('not_now', 'Not now'), ('no_thanks', 'No, thanks'), ('wrong_person', 'Wrong person'), ('remove_me', 'Wants no more mail'), ('erase_me', 'Wants their data deleted')], max_length=12)),
                        ('sorted_at', models.DateTimeField(help_text='When somebody said what it wants', null=True)),
                        ('candidate', models.ForeignKey(db_constraint=False, help_text='Empty: not matched yet', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='candidates.candidate')),
                        ('enrollment', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='campaigns.enrollment')),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('sorted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('sender', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='campaigns.sender')),
                        ('step', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='campaigns.step')),
                        ('template', models.ForeignKey(db_constraint=False, help_text='What a mail that was written by hand began as', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='campaigns.template')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(condition=models.Q(('state', 'queued')), fields=['due_at'], name='message_due'), models.Index(condition=models.Q(('state', 'sending')), fields=['claimed_at'], name='message_in_flight'), models.Index(fields=['organization', 'state', '-created_at', '-id'], name='message_state'), models.Index(fields=['organization', 'candidate', '-created_at'], name='message_of_candidate'), models.Index(condition=models.Q(('direction', 'in'), ('is_automatic', False), ('sorted_at', None)), fields=['organization', '-created_at', '-id'], name='message_to_sort'), models.Index(fields=['organization', 'message_id'], name='message_by_id'), models.Index(fields=['organization', 'sender', 'handed_at'], name='message_of_sender'), models.Index(fields=['organization', 'enrollment'], name='message_of_enrollment'), models.Index(condition=models.Q(('handed_at__isnull', False)), fields=['organization', 'to_domain', 'handed_at'], name='message_of_domain'), models.Index(condition=models.Q(('handed_at__isnull', False)), fields=['organization', 'handed_at'], name='message_handed')],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('direction', 'out')), fields=('organization', 'enrollment', 'step'), name='one_message_per_step'), models.UniqueConstraint(condition=models.Q(('direction', 'in'), models.Q(('message_id', ''), _negated=True)), fields=('organization', 'message_id'), name='received_once')],
                    },
                ),
                migrations.CreateModel(
                    name='CandidacyMail',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('key', models.CharField(max_length=80)),
                        ('calendar', models.TextField(blank=True)),
                        ('calendar_method', models.CharField(blank=True, max_length=10)),
                        ('is_expected', models.BooleanField(default=False, help_text='Goes also to who wants no other mail of ours')),
                        ('candidacy', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='mails', to='pipelines.candidacy')),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('message', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='candidacy_mails', to='campaigns.message')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'constraints': [models.UniqueConstraint(fields=('organization', 'candidacy', 'key'), name='one_mail_per_wish'), models.UniqueConstraint(fields=('organization', 'message'), name='one_candidacy_per_mail')],
                    },
                ),
                migrations.CreateModel(
                    name='Hold',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('until', models.DateTimeField(null=True)),
                        ('because', models.CharField(max_length=200)),
                        ('enrollment', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='holds', to='campaigns.enrollment')),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('message', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='holds', to='campaigns.message')),
                        ('sender', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='campaigns.sender')),
                        ('sequence', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='campaigns.sequence')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', 'enrollment', 'at'], name='hold_of_enrollment'), models.Index(fields=['organization', 'message'], name='hold_of_message'), models.Index(fields=['organization', 'sender', 'at'], name='hold_of_sender'), models.Index(fields=['organization', 'sequence', 'at'], name='hold_of_sequence')],
                    },
                ),
                migrations.CreateModel(
                    name='MessageEvent',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(choices=[('delivered', 'Delivered'), ('bounced', 'Bounced'), ('complained', 'Marked as spam'), ('unsubscribed', 'Unsubscribed')], max_length=15)),
                        ('at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('event_id', models.CharField(help_text="The provider's id, or a hash of the event", max_length=200)),
                        ('description', models.CharField(blank=True, max_length=300)),
                        ('message', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='campaigns.message')),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', 'message'], name='event_of_message')],
                        'constraints': [models.UniqueConstraint(fields=('organization', 'event_id'), name='event_once')],
                    },
                ),
                migrations.CreateModel(
                    name='PersonalMail',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('subject', models.CharField(blank=True, max_length=200)),
                        ('body', models.TextField()),
                        ('written_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('candidate', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='candidates.candidate')),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('written_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('step', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='personal_mails', to='campaigns.step')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', 'candidate'], name='personal_mail_of_candidate')],
                        'constraints': [models.UniqueConstraint(fields=('organization', 'step', 'candidate'), name='one_personal_mail_per_step')],
                    },
                ),
                migrations.CreateModel(
                    name='StepVariant',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('letter', models.CharField(help_text='B, C or D', max_length=1)),
                        ('subject', models.CharField(blank=True, max_length=200)),
                        ('body', models.TextField()),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('step', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='variants', to='campaigns.step')),
                    ],
                    options={
                        'ordering': ['letter'],
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'constraints': [models.UniqueConstraint(fields=('organization', 'step', 'letter'), name='one_variant_per_letter')],
                    },
                ),
                migrations.CreateModel(
                    name='TemplateText',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('language', models.CharField(blank=True, help_text='ISO 639-1; empty: for everybody else', max_length=2)),
                        ('version', models.PositiveIntegerField()),
                        ('subject', models.CharField(blank=True, max_length=200)),
                        ('body', models.TextField()),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('template', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='texts', to='campaigns.template')),
                    ],
                    options={
                        'ordering': ['language', '-version'],
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'constraints': [models.UniqueConstraint(fields=('organization', 'template', 'language', 'version'), name='one_text_per_version')],
                    },
                ),
                migrations.CreateModel(
                    name='EnrollmentSearch',
                    fields=[
                        ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                        ('candidate', models.BigIntegerField(db_column='candidate_id')),
                        ('sequence', models.BigIntegerField(db_column='sequence_id')),
                        ('state', models.CharField(max_length=10)),
                        ('enrolled_at', models.DateTimeField()),
                    ],
                    options={
                        'db_table': 'enrollment_search',
                        'abstract': False,
                        'managed': False,
                    },
                ),
            ],
        ),
        crm.tenancy.walls.BuildWalls(
            name='mailaccount',
        ),
        crm.tenancy.walls.BuildWalls(
            name='mailbox',
        ),
        crm.tenancy.walls.BuildWalls(
            name='sender',
        ),
        crm.tenancy.walls.BuildWalls(
            name='sendingrules',
        ),
        crm.tenancy.walls.BuildWalls(
            name='sendpermission',
        ),
        crm.tenancy.walls.BuildWalls(
            name='sequence',
        ),
        crm.tenancy.walls.BuildWalls(
            name='autoenrollment',
        ),
        crm.tenancy.walls.BuildWalls(
            name='signature',
        ),
        crm.tenancy.walls.BuildWalls(
            name='snippet',
        ),
        crm.tenancy.walls.BuildWalls(
            name='template',
        ),
        crm.tenancy.walls.BuildWalls(
            name='step',
        ),
        crm.tenancy.walls.BuildWalls(
            name='enrollment',
        ),
        crm.tenancy.walls.BuildWalls(
            name='message',
        ),
        crm.tenancy.walls.BuildWalls(
            name='candidacymail',
        ),
        crm.tenancy.walls.BuildWalls(
            name='hold',
        ),
        crm.tenancy.walls.BuildWalls(
            name='messageevent',
        ),
        crm.tenancy.walls.BuildWalls(
            name='personalmail',
        ),
        crm.tenancy.walls.BuildWalls(
            name='stepvariant',
        ),
        crm.tenancy.walls.BuildWalls(
            name='templatetext',
        ),
    ]
