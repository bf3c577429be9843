"""Links and files to show people: the library, with whom each was shared, and clicks where they are counted."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import candidates.models.files
import crm.tenancy.walls


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0010_events_that_put_people_on_sequences"),
        ("candidates", "0046_people_of_company_rules"),
        ("tenancy", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="sendingrules",
            name="counts_clicks",
            field=models.BooleanField(
                default=False,
                help_text="Each mail then holds a link of its own, and when a person opens it is kept with their record. In many countries people must be told of this or agree first.",
                verbose_name="Count clicks on items of the content library",
            ),
        ),
        migrations.CreateModel(
            name="ContentFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "file",
                    models.FileField(max_length=200, upload_to=candidates.models.files.file_path),
                ),
                ("file_name", models.CharField(help_text="The name it came with", max_length=255)),
                ("kind", models.CharField(max_length=5)),
                ("size", models.PositiveIntegerField(help_text="Bytes")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.organization",
                    ),
                ),
            ],
            options={
                "verbose_name": "file of the content library",
                "verbose_name_plural": "files of the content library",
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ContentItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(choices=[("link", "Link"), ("file", "File")], max_length=4),
                ),
                ("key", models.CharField(editable=False, max_length=40)),
                ("title", models.CharField(max_length=120)),
                ("description", models.TextField(blank=True, max_length=1000)),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("url", models.URLField(blank=True, max_length=1000, verbose_name="address")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("archived_at", models.DateTimeField(editable=False, null=True)),
                (
                    "file",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="campaigns.contentfile",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.organization",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["title", "id"],
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="SharedContent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "is_tracked",
                    models.BooleanField(
                        default=False,
                        help_text="The mail holds a link of its own, whose clicks are counted",
                    ),
                ),
                (
                    "candidate",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shared",
                        to="candidates.candidate",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shares",
                        to="campaigns.contentitem",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shared",
                        to="campaigns.message",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.organization",
                    ),
                ),
                (
                    "shared_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ContentClick",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "machine",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("head", "asked for the headers alone"),
                            ("prefetch", "loaded ahead of a click"),
                            ("agent", "a scanner of links"),
                            ("soon", "within seconds of delivery"),
                            ("all", "all links of the mail at once"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.organization",
                    ),
                ),
                (
                    "shared",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="clicks",
                        to="campaigns.sharedcontent",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddIndex(
            model_name="contentitem",
            index=models.Index(fields=["organization", "title", "id"], name="content_shelf"),
        ),
        migrations.AddConstraint(
            model_name="contentitem",
            constraint=models.UniqueConstraint(
                fields=("organization", "key"), name="one_item_per_key"
            ),
        ),
        migrations.AddConstraint(
            model_name="contentitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("file", None), ("kind", "link"), models.Q(("url", ""), _negated=True)
                    ),
                    models.Q(("file__isnull", False), ("kind", "file"), ("url", "")),
                    _connector="OR",
                ),
                name="item_is_a_link_or_a_file",
            ),
        ),
        migrations.AddIndex(
            model_name="sharedcontent",
            index=models.Index(
                fields=["organization", "item", "-created_at", "-id"], name="shares_of_item"
            ),
        ),
        migrations.AddIndex(
            model_name="sharedcontent",
            index=models.Index(fields=["organization", "candidate"], name="shares_of_candidate"),
        ),
        migrations.AddConstraint(
            model_name="sharedcontent",
            constraint=models.UniqueConstraint(
                fields=("organization", "message", "item"), name="shared_once_per_mail"
            ),
        ),
        migrations.AddIndex(
            model_name="contentclick",
            index=models.Index(fields=["organization", "shared", "at"], name="clicks_of_share"),
        ),
        crm.tenancy.walls.BuildWalls(
            name="contentfile",
        ),
        crm.tenancy.walls.BuildWalls(
            name="contentitem",
        ),
        crm.tenancy.walls.BuildWalls(
            name="sharedcontent",
        ),
        crm.tenancy.walls.BuildWalls(
            name="contentclick",
        ),
    ]
