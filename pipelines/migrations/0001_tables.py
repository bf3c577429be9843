"""Jobs, candidacies, interviews, reviews and referrals; the walls around them stand from here on."""

from django.conf import settings
from django.db import migrations, models
import crm.tenancy.create_models
import crm.tenancy.walls
import crm.web.time_zones
import datetime
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.constraints
import django.db.models.deletion
import django.utils.timezone
import pipelines.models.interviews


class Migration(migrations.Migration):
    replaces = [
        ("pipelines", "0001_initial"),
        ("pipelines", "0002_names_in_plural"),
        ("pipelines", "0003_jobs_teams_scorecards"),
        ("pipelines", "0004_statuses_so_far"),
        ("pipelines", "0005_match_criteria"),
        ("pipelines", "0006_interviews_reviews_referrals"),
        ("pipelines", "0008_stage_rules"),
    ]

    initial = True

    dependencies = [
        ("candidates", "0002_tables"),
        ("tenancy", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        crm.tenancy.create_models.CreateModels(
            models=[
                migrations.CreateModel(
                    name='OfferedTime',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('starts_at', models.DateTimeField()),
                        ('ends_at', models.DateTimeField()),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'ordering': ['starts_at'],
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', 'ends_at'], name='offered_time_age')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='offered_time_goes_forward'), models.UniqueConstraint(fields=('organization', 'user', 'starts_at'), name='offered_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Pipeline',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=120)),
                        ('is_template', models.BooleanField(default=False)),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('pool', models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='pipelines', to='candidates.talentpool')),
                    ],
                    options={
                        'ordering': ['name'],
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'constraints': [models.UniqueConstraint(fields=('organization', 'pool'), name='one_pipeline_per_pool'), models.CheckConstraint(condition=models.Q(('is_template', False), ('pool', None), _connector='OR'), name='template_of_no_pool')],
                    },
                ),
                migrations.CreateModel(
                    name='Job',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('title', models.CharField(max_length=160)),
                        ('code', models.CharField(blank=True, help_text="The requisition's number, if it has one", max_length=40, verbose_name='number')),
                        ('place', models.CharField(blank=True, max_length=120)),
                        ('remote', models.CharField(blank=True, choices=[('', 'Not said'), ('onsite', 'On site'), ('hybrid', 'Hybrid'), ('remote', 'Remote only'), ('any', 'Any of these')], max_length=10, verbose_name='working')),
                        ('description', models.TextField(blank=True)),
                        ('openings', models.PositiveSmallIntegerField(default=1)),
                        ('is_confidential', models.BooleanField(default=False, help_text='Only its owner, its team, admins and owners know of it', verbose_name='confidential')),
                        ('salary_min', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='salary from')),
                        ('salary_max', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='salary to')),
                        ('salary_currency', models.CharField(blank=True, help_text='Three letters, such as EUR', max_length=3, validators=[django.core.validators.RegexValidator('^[A-Za-z]{3}$', 'A currency has three letters, such as EUR.')], verbose_name='currency')),
                        ('salary_period', models.CharField(choices=[('year', 'a year'), ('month', 'a month'), ('day', 'a day'), ('hour', 'an hour')], default='year', max_length=10, verbose_name='per')),
                        ('salary_seen_by', models.CharField(choices=[('admins', "Admins, owners and the job's owner"), ('recruiters', 'Recruiters, admins and owners'), ('team', "Recruiters, and everyone in the job's team")], default='recruiters', max_length=12)),
                        ('status', models.CharField(choices=[('draft', 'Draft'), ('open', 'Open'), ('on_hold', 'On hold'), ('filled', 'Filled'), ('cancelled', 'Cancelled')], default='open', max_length=10)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('opened_on', models.DateField(blank=True, null=True)),
                        ('on_hold_on', models.DateField(blank=True, null=True, verbose_name='on hold since')),
                        ('closed_on', models.DateField(blank=True, help_text='The day it was filled or cancelled', null=True)),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('pipeline', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='jobs', to='pipelines.pipeline')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', '-created_at', '-id'], name='job_newest')],
                        'constraints': [models.UniqueConstraint(fields=('organization', 'pipeline'), name='one_job_per_pipeline'), models.CheckConstraint(condition=models.Q(('salary_min', None), ('salary_max', None), ('salary_max__gte', models.F('salary_min')), _connector='OR'), name='salary_range_goes_up')],
                    },
                ),
                migrations.CreateModel(
                    name='CalendarFeed',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('token_hash', models.CharField(editable=False, max_length=64)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('read_at', models.DateTimeField(editable=False, null=True)),
                        ('revoked_at', models.DateTimeField(editable=False, null=True)),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('job', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='calendar_feeds', to='pipelines.job')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', 'user'], name='feeds_of_member')],
                        'constraints': [models.UniqueConstraint(fields=('organization', 'token_hash'), name='feed_token_once')],
                    },
                ),
                migrations.CreateModel(
                    name='JobMember',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('role', models.CharField(choices=[('hiring_manager', 'Hiring manager'), ('recruiter', 'Recruiter'), ('sourcer', 'Sourcer'), ('coordinator', 'Coordinator'), ('interviewer', 'Interviewer')], default='hiring_manager', max_length=15)),
                        ('job', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='members', to='pipelines.job')),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', 'user', 'job'], name='jobs_of_member')],
                        'constraints': [models.UniqueConstraint(fields=('organization', 'job', 'user'), name='job_member_once')],
                    },
                ),
                migrations.CreateModel(
                    name='JobPool',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('job', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='job_pools', to='pipelines.job')),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('pool', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='job_pools', to='candidates.talentpool')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', 'pool', 'job'], name='jobs_of_pool')],
                        'constraints': [models.UniqueConstraint(fields=('organization', 'job', 'pool'), name='job_pool_once')],
                    },
                ),
                migrations.CreateModel(
                    name='JobSkill',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('need', models.CharField(choices=[('must', 'Must have'), ('nice', 'Nice to have')], default='must', max_length=4)),
                        ('job', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='job_skills', to='pipelines.job')),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('skill', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='job_skills', to='candidates.skill')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', 'skill', 'job'], name='jobs_of_skill')],
                        'constraints': [models.UniqueConstraint(fields=('organization', 'job', 'skill'), name='job_skill_once')],
                    },
                ),
                migrations.CreateModel(
                    name='JobStatusChange',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('status', models.CharField(choices=[('draft', 'Draft'), ('open', 'Open'), ('on_hold', 'On hold'), ('filled', 'Filled'), ('cancelled', 'Cancelled')], max_length=10)),
                        ('since_on', models.DateField()),
                        ('at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('job', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='status_changes', to='pipelines.job')),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', 'job', 'at', 'id'], name='job_statuses')],
                    },
                ),
                migrations.CreateModel(
                    name='JobWatch',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('told_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('job', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='watches', to='pipelines.job')),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name_plural': 'job watches',
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'constraints': [models.UniqueConstraint(fields=('organization', 'user', 'job'), name='job_watched_once')],
                    },
                ),
                migrations.CreateModel(
                    name='MatchCriteria',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('seniority', models.PositiveSmallIntegerField(blank=True, choices=[(1, 'Junior'), (2, 'Regular'), (3, 'Senior'), (4, 'Lead or principal'), (5, 'Head or director')], null=True)),
                        ('languages', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), blank=True, default=list, help_text='Such as German, English', size=None)),
                        ('within_km', models.PositiveSmallIntegerField(default=50, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5000)], verbose_name='near is within')),
                        ('starts_by', models.DateField(blank=True, null=True, verbose_name='should start by')),
                        ('must_weight', models.PositiveSmallIntegerField(default=6, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(10)], verbose_name='each must-have skill')),
                        ('nice_weight', models.PositiveSmallIntegerField(default=2, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(10)], verbose_name='each nice-to-have skill')),
                        ('seniority_weight', models.PositiveSmallIntegerField(default=4, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(10)], verbose_name='seniority')),
                        ('place_weight', models.PositiveSmallIntegerField(default=4, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(10)], verbose_name='place')),
                        ('working_weight', models.PositiveSmallIntegerField(default=2, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(10)], verbose_name='way of working')),
                        ('language_weight', models.PositiveSmallIntegerField(default=4, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(10)], verbose_name='each language')),
                        ('start_weight', models.PositiveSmallIntegerField(default=2, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(10)], verbose_name='availability')),
                        ('past_weight', models.PositiveSmallIntegerField(default=3, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(10)], verbose_name='past processes')),
                        ('job', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='match_criteria', to='pipelines.job')),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                    ],
                    options={
                        'verbose_name_plural': 'match criteria',
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'constraints': [models.UniqueConstraint(fields=('organization', 'job'), name='one_match_criteria_per_job')],
                    },
                ),
                migrations.CreateModel(
                    name='Referral',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('referrer_name', models.CharField(max_length=120)),
                        ('referrer_email', models.EmailField(max_length=254)),
                        ('relation', models.CharField(choices=[('worked_with', 'We worked together'), ('managed', 'I was their manager'), ('studied_with', 'We studied together'), ('friend', 'A friend or relative'), ('knows_work', 'I know their work only')], max_length=15)),
                        ('note', models.TextField(blank=True, max_length=2000)),
                        ('consented_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('was_known', models.BooleanField(default=False)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('mail_due_at', models.DateTimeField(editable=False, null=True)),
                        ('candidate', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='referrals', to='candidates.candidate')),
                        ('job', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='referrals', to='pipelines.job')),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', '-created_at', '-id'], name='referral_newest'), models.Index(fields=['organization', 'candidate'], name='referral_of_candidate'), models.Index(condition=models.Q(('mail_due_at__isnull', False)), fields=['organization', 'mail_due_at'], name='referral_to_mail')],
                    },
                ),
                migrations.CreateModel(
                    name='ReferralLink',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(help_text='Such as “Intranet”; only you see it', max_length=80)),
                        ('version', models.PositiveIntegerField(default=0, editable=False)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('closed_at', models.DateTimeField(editable=False, null=True)),
                        ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('job', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='referral_links', to='pipelines.job')),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                    ],
                    options={
                        'ordering': ['name', 'pk'],
                        'abstract': False,
                        'base_manager_name': 'objects',
                    },
                ),
                migrations.CreateModel(
                    name='ReviewLink',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('email', models.EmailField(max_length=254)),
                        ('token_hash', models.CharField(blank=True, editable=False, max_length=64)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('expires_at', models.DateTimeField()),
                        ('revoked_at', models.DateTimeField(editable=False, null=True)),
                        ('mail_due_at', models.DateTimeField(editable=False, null=True)),
                        ('code_hash', models.CharField(blank=True, editable=False, max_length=64)),
                        ('code_expires_at', models.DateTimeField(editable=False, null=True)),
                        ('code_tries', models.PositiveSmallIntegerField(default=0, editable=False)),
                        ('code_due_at', models.DateTimeField(editable=False, null=True)),
                        ('opened_at', models.DateTimeField(editable=False, null=True)),
                        ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('job', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='review_links', to='pipelines.job')),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', 'job'], name='review_links_of_job'), models.Index(condition=models.Q(('mail_due_at__isnull', False), ('code_due_at__isnull', False), _connector='OR'), fields=['organization', 'id'], name='review_link_to_mail')],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('token_hash', ''), _negated=True), fields=('organization', 'token_hash'), name='review_token_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Stage',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=60)),
                        ('kind', models.CharField(choices=[('lead', 'Lead'), ('screen', 'Screen'), ('interview', 'Interview'), ('offer', 'Offer'), ('hired', 'Hired'), ('rejected', 'Rejected')], max_length=10)),
                        ('position', models.PositiveSmallIntegerField()),
                        ('stale_after_days', models.PositiveSmallIntegerField(default=10, help_text='Days after which a card is tinted')),
                        ('limit', models.PositiveSmallIntegerField(blank=True, help_text='More people than this are too many at once; empty: no limit', null=True, validators=[django.core.validators.MinValueValidator(1)])),
                        ('is_blind', models.BooleanField(default=False, help_text='Reviewers see no name, photo, contact, school or employer', verbose_name='blind')),
                        ('requires_scorecard', models.BooleanField(default=False, help_text='Nobody goes on from here before somebody has filled in a scorecard', verbose_name='scorecard needed')),
                        ('guide', models.TextField(blank=True, help_text='What to find out here, and what to ask', max_length=4000)),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('pipeline', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='stages', to='pipelines.pipeline')),
                    ],
                    options={
                        'ordering': ['position'],
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'constraints': [models.UniqueConstraint(deferrable=django.db.models.constraints.Deferrable['DEFERRED'], fields=('organization', 'pipeline', 'position'), name='one_stage_per_position'), models.UniqueConstraint(fields=('organization', 'pipeline', 'name'), name='one_stage_per_name')],
                    },
                ),
                migrations.CreateModel(
                    name='Candidacy',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('origin', models.CharField(choices=[('sourced', 'Sourced'), ('applied', 'Applied'), ('referred', 'Referred')], default='sourced', max_length=10)),
                        ('entered_stage_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('closed_at', models.DateTimeField(editable=False, help_text='Hired or rejected', null=True)),
                        ('rating', models.PositiveSmallIntegerField(blank=True, help_text='From 1 to 5, for this job', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)])),
                        ('rejection_note', models.CharField(blank=True, db_default='', default='', max_length=300)),
                        ('shortlisted_at', models.DateTimeField(editable=False, null=True)),
                        ('version', models.PositiveIntegerField(default=0, editable=False)),
                        ('candidate', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='candidacies', to='candidates.candidate')),
                        ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('rejection_reason', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='candidates.rejectionreason')),
                        ('shortlisted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('job', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='candidacies', to='pipelines.job')),
                        ('stage', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='candidacies', to='pipelines.stage')),
                    ],
                    options={
                        'verbose_name_plural': 'candidacies',
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', 'stage', '-entered_stage_at', '-id'], name='candidacy_of_stage'), models.Index(fields=['organization', 'candidate'], name='candidacy_of_candidate'), models.Index(condition=models.Q(('closed_at', None)), fields=['organization', 'job'], name='candidacy_open')],
                        'constraints': [models.UniqueConstraint(fields=('organization', 'job', 'candidate'), name='candidacy_once'), models.CheckConstraint(condition=models.Q(('rating', None), ('rating__range', (1, 5)), _connector='OR'), name='rating_in_stars')],
                    },
                ),
                migrations.CreateModel(
                    name='Criterion',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=80)),
                        ('hint', models.CharField(blank=True, help_text='What a good answer looks like', max_length=300)),
                        ('position', models.PositiveSmallIntegerField(default=0, editable=False)),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('pipeline', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='criteria', to='pipelines.pipeline')),
                        ('stage', models.ForeignKey(blank=True, db_constraint=False, help_text='Empty: at every stage', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='criteria', to='pipelines.stage')),
                    ],
                    options={
                        'verbose_name_plural': 'criteria',
                        'ordering': ['position', 'pk'],
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', 'pipeline'], name='criteria_of_pipeline')],
                    },
                ),
                migrations.CreateModel(
                    name='Interview',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('title', models.CharField(max_length=120)),
                        ('minutes', models.PositiveSmallIntegerField(default=60, validators=[django.core.validators.MinValueValidator(10), django.core.validators.MaxValueValidator(480)])),
                        ('state', models.CharField(choices=[('offered', 'Waits for the candidate'), ('booked', 'Booked'), ('no_show', 'Did not come'), ('cancelled', 'Cancelled')], default='offered', max_length=10)),
                        ('starts_at', models.DateTimeField(blank=True, null=True)),
                        ('ends_at', models.DateTimeField(blank=True, null=True)),
                        ('time_zone', models.CharField(default='UTC', help_text="The candidate's: what mails and the booking page show", max_length=64, validators=[crm.web.time_zones.refuse_unknown_zone])),
                        ('place', models.CharField(blank=True, help_text='A link to the video call, or an address', max_length=300)),
                        ('kit', models.TextField(blank=True, help_text='For the interviewers: what to find out, what to ask', max_length=4000)),
                        ('message', models.TextField(blank=True, help_text='For the candidate', max_length=2000)),
                        ('days_ahead', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(180)])),
                        ('from_time', models.TimeField(default=datetime.time(8, 0))),
                        ('to_time', models.TimeField(default=datetime.time(19, 0))),
                        ('link_version', models.PositiveIntegerField(default=0, editable=False)),
                        ('link_expires_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('uid', models.CharField(default=pipelines.models.interviews.new_uid, editable=False, max_length=80)),
                        ('sequence', models.PositiveIntegerField(default=0, editable=False)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('booked_at', models.DateTimeField(editable=False, null=True)),
                        ('cancelled_at', models.DateTimeField(editable=False, null=True)),
                        ('is_cancelled_by_candidate', models.BooleanField(default=False, editable=False)),
                        ('mail_problem', models.CharField(blank=True, editable=False, help_text='Why the candidate was not mailed', max_length=300)),
                        ('reminded_at', models.DateTimeField(editable=False, null=True)),
                        ('candidacy', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='interviews', to='pipelines.candidacy')),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('organizer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('stage', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='interviews', to='pipelines.stage')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', 'candidacy'], name='interviews_of_candidacy'), models.Index(condition=models.Q(('state', 'booked')), fields=['organization', 'starts_at', 'id'], name='interview_booked')],
                        'constraints': [models.UniqueConstraint(fields=('organization', 'uid'), name='interview_uid_once'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['booked', 'no_show']), _negated=True), models.Q(('ends_at__gt', models.F('starts_at')), ('starts_at__isnull', False)), _connector='OR'), name='booked_with_a_time')],
                    },
                ),
                migrations.CreateModel(
                    name='Interviewer',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('answer', models.CharField(blank=True, choices=[('', 'Has not answered'), ('accepted', 'Accepted'), ('tentative', 'Maybe'), ('declined', 'Declined')], default='', max_length=10)),
                        ('removed_at', models.DateTimeField(editable=False, null=True)),
                        ('mail_due_at', models.DateTimeField(editable=False, null=True)),
                        ('mailed_sequence', models.PositiveIntegerField(editable=False, null=True)),
                        ('asked_at', models.DateTimeField(editable=False, null=True)),
                        ('times_asked', models.PositiveSmallIntegerField(default=0, editable=False)),
                        ('interview', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='interviewers', to='pipelines.interview')),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', 'user'], name='interviews_of_member'), models.Index(condition=models.Q(('mail_due_at__isnull', False)), fields=['organization', 'mail_due_at'], name='interviewer_to_mail')],
                        'constraints': [models.UniqueConstraint(fields=('organization', 'interview', 'user'), name='interviewer_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Review',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('email', models.EmailField(max_length=254)),
                        ('answer', models.CharField(choices=[('yes', 'Yes'), ('maybe', 'Maybe'), ('no', 'No')], max_length=5)),
                        ('comment', models.TextField(blank=True, max_length=2000)),
                        ('was_blind', models.BooleanField(default=False)),
                        ('at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('candidacy', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='reviews', to='pipelines.candidacy')),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('stage', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='pipelines.stage')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', 'stage'], name='reviews_of_stage')],
                        'constraints': [models.UniqueConstraint(fields=('organization', 'candidacy', 'stage', 'email'), name='one_review_each')],
                    },
                ),
                migrations.CreateModel(
                    name='Scorecard',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('verdict', models.CharField(blank=True, choices=[('strong_no', 'Definitely not'), ('no', 'No'), ('yes', 'Yes'), ('strong_yes', 'Definitely')], max_length=10)),
                        ('summary', models.TextField(blank=True, max_length=5000)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('submitted_at', models.DateTimeField(editable=False, null=True)),
                        ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('candidacy', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='scorecards', to='pipelines.candidacy')),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('stage', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='scorecards', to='pipelines.stage')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', 'stage'], name='scorecards_of_stage')],
                        'constraints': [models.UniqueConstraint(fields=('organization', 'candidacy', 'stage', 'author'), name='one_scorecard_per_author'), models.CheckConstraint(condition=models.Q(('submitted_at', None), models.Q(('verdict', ''), _negated=True), _connector='OR'), name='submitted_with_a_verdict')],
                    },
                ),
                migrations.CreateModel(
                    name='ScorecardRating',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=80)),
                        ('score', models.PositiveSmallIntegerField(blank=True, choices=[(1, 'Poor'), (2, 'Mixed'), (3, 'Good'), (4, 'Outstanding')], help_text='Empty: not looked at', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(4)])),
                        ('note', models.CharField(blank=True, max_length=500)),
                        ('criterion', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='ratings', to='pipelines.criterion')),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('scorecard', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='ratings', to='pipelines.scorecard')),
                    ],
                    options={
                        'ordering': ['pk'],
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', 'scorecard'], name='ratings_of_scorecard')],
                    },
                ),
                migrations.CreateModel(
                    name='StageChange',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('note', models.CharField(blank=True, db_default='', default='', max_length=300)),
                        ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('candidacy', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='stage_changes', to='pipelines.candidacy')),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('origin', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pipelines.stage')),
                        ('rejection_reason', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='candidates.rejectionreason')),
                        ('to', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pipelines.stage')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', 'candidacy', 'at', 'id'], name='stage_change_history'), models.Index(fields=['organization', 'to'], name='stage_change_to')],
                    },
                ),
                migrations.CreateModel(
                    name='StageRule',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('action', models.CharField(choices=[('task', 'Add a task'), ('mail', 'Write to the candidate'), ('notify', 'Tell somebody'), ('move', 'Move the card on')], max_length=10)),
                        ('after_hours', models.PositiveSmallIntegerField(default=0, help_text='0 is at once. It happens only to those who are still in the stage.', validators=[django.core.validators.MaxValueValidator(2160)], verbose_name='after hours')),
                        ('title', models.CharField(blank=True, help_text='Of a task its title, of a mail its subject, else what is told', max_length=200, verbose_name='task, subject or words')),
                        ('body', models.TextField(blank=True, max_length=5000, verbose_name='mail')),
                        ('due_in_days', models.PositiveSmallIntegerField(default=1, help_text='Of a task', validators=[django.core.validators.MaxValueValidator(365)])),
                        ('whom', models.CharField(choices=[('owner', "The candidate's owner"), ('job_owner', "The job's owner"), ('managers', 'The hiring managers'), ('member', 'This member')], default='owner', max_length=10)),
                        ('paused_at', models.DateTimeField(editable=False, null=True)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('member', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('stage', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='pipelines.stage')),
                        ('to', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='pipelines.stage', verbose_name='to stage')),
                    ],
                    options={
                        'ordering': ['pk'],
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', 'stage'], name='rules_of_stage')],
                    },
                ),
                migrations.CreateModel(
                    name='RuleRun',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('due_at', models.DateTimeField()),
                        ('state', models.CharField(choices=[('waiting', 'Waiting'), ('done', 'Done'), ('skipped', 'Not needed'), ('refused', 'Not possible')], default='waiting', max_length=10)),
                        ('outcome', models.CharField(blank=True, max_length=300)),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('candidacy', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='rule_runs', to='pipelines.candidacy')),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('change', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='rule_runs', to='pipelines.stagechange')),
                        ('rule', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='pipelines.stagerule')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['organization', 'due_at'], name='rule_run_due'), models.Index(fields=['organization', 'candidacy'], name='rule_runs_of_candidacy'), models.Index(fields=['organization', 'change'], name='rule_runs_of_change'), models.Index(fields=['organization', 'rule', '-due_at', '-id'], name='rule_run_log')],
                        'constraints': [models.UniqueConstraint(fields=('organization', 'rule', 'change'), name='one_run_per_entry')],
                    },
                ),
                migrations.CreateModel(
                    name='Unblinding',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('candidacy', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='unblindings', to='pipelines.candidacy')),
                        ('organization', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                        ('stage', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pipelines.stage')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'indexes': [models.Index(fields=['organization', 'stage'], name='unblindings_of_stage')],
                        'constraints': [models.UniqueConstraint(fields=('organization', 'candidacy', 'stage'), name='unblinded_once')],
                    },
                ),
                migrations.CreateModel(
                    name='CandidacySearch',
                    fields=[
                        ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                        ('candidate', models.BigIntegerField(db_column='candidate_id')),
                        ('job', models.BigIntegerField(db_column='job_id')),
                        ('stage', models.BigIntegerField(db_column='stage_id')),
                        ('closed_at', models.DateTimeField(null=True)),
                        ('entered_stage_at', models.DateTimeField()),
                    ],
                    options={
                        'db_table': 'candidacy_search',
                        'abstract': False,
                        'managed': False,
                    },
                ),
            ],
        ),
        crm.tenancy.walls.BuildWalls(
            name='offeredtime',
        ),
        crm.tenancy.walls.BuildWalls(
            name='pipeline',
        ),
        crm.tenancy.walls.BuildWalls(
            name='job',
        ),
        crm.tenancy.walls.BuildWalls(
            name='calendarfeed',
        ),
        crm.tenancy.walls.BuildWalls(
            name='jobmember',
        ),
        crm.tenancy.walls.BuildWalls(
            name='jobpool',
        ),
        crm.tenancy.walls.BuildWalls(
            name='jobskill',
        ),
        crm.tenancy.walls.BuildWalls(
            name='jobstatuschange',
        ),
        crm.tenancy.walls.BuildWalls(
            name='jobwatch',
        ),
        crm.tenancy.walls.BuildWalls(
            name='matchcriteria',
        ),
        crm.tenancy.walls.BuildWalls(
            name='referral',
        ),
        crm.tenancy.walls.BuildWalls(
            name='referrallink',
        ),
        crm.tenancy.walls.BuildWalls(
            name='reviewlink',
        ),
        crm.tenancy.walls.BuildWalls(
            name='stage',
        ),
        crm.tenancy.walls.BuildWalls(
            name='candidacy',
        ),
        crm.tenancy.walls.BuildWalls(
            name='criterion',
        ),
        crm.tenancy.walls.BuildWalls(
            name='interview',
        ),
        crm.tenancy.walls.BuildWalls(
            name='interviewer',
        ),
        crm.tenancy.walls.BuildWalls(
            name='review',
        ),
        crm.tenancy.walls.BuildWalls(
            name='scorecard',
        ),
        crm.tenancy.walls.BuildWalls(
            name='scorecardrating',
        ),
        crm.tenancy.walls.BuildWalls(
            name='stagechange',
        ),
        crm.tenancy.walls.BuildWalls(
            name='stagerule',
        ),
        crm.tenancy.walls.BuildWalls(
            name='rulerun',
        ),
        crm.tenancy.walls.BuildWalls(
            name='unblinding',
        ),
    ]
