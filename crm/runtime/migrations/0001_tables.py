"""What each part tells of itself, and the mails of an installation that sends none."""

from django.db import migrations, models
import django.utils.timezone


class Migration(migrations.Migration):
    replaces = [
        ("runtime", "0001_mailbox"),
        ("runtime", "0002_heartbeat"),
        ("runtime", "0003_mailbox_answers"),
        ("runtime", "0004_answered_with_in_words"),
        ("runtime", "0005_mailbox_organization"),
    ]

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('part', models.CharField(choices=[('beat', 'Beat'), ('worker', 'Worker')], max_length=20, primary_key=True, serialize=False)),
                ('beaten_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='MailboxMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('to_address', models.EmailField(max_length=254)),
                ('from_address', models.EmailField(max_length=254)),
                ('subject', models.CharField(blank=True, max_length=300)),
                ('message_id', models.CharField(blank=True, max_length=255)),
                ('organization_slug', models.SlugField(blank=True, help_text='Whose sequence wrote it; empty: Rapport itself', max_length=40)),
                ('raw', models.BinaryField()),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('answered_with', models.CharField(blank=True, help_text='Which answer was given as the recipient', max_length=40)),
            ],
            options={
                'ordering': ['-received_at', '-id'],
                'indexes': [models.Index(fields=['-received_at', '-id'], name='mailbox_newest'), models.Index(fields=['to_address'], name='mailbox_to')],
            },
        ),
    ]
