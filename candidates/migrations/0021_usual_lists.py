"""Organizations that are here already get the usual lists where they have none."""

from typing import Any

from django.db import migrations

NAMES = {
    "RejectionReason": (
        "Not enough experience",
        "Other skills needed",
        "Salary out of range",
        "Withdrew",
        "Position filled",
    ),
    "NotNowReason": (
        "Happy in the job",
        "Just started somewhere",
        "Family time",
        "Notice period",
        "No fitting job of ours",
    ),
    "ContactKind": ("Call", "Video call", "Meeting", "Coffee", "Text message", "LinkedIn message"),
}


def fill(apps: Any, schema_editor: Any) -> None:
    # The role that migrates, not the application's: it sees the rows of every organization.
    alias = schema_editor.connection.alias
    here = apps.get_model("tenancy", "Organization").objects.using(alias)
    organizations = list(here.values_list("pk", flat=True))
    for name, words in NAMES.items():
        model = apps.get_model("candidates", name)
        model.objects.using(alias).bulk_create(
            [
                model(organization_id=organization, name=word, normalized=word.lower())
                for organization in organizations
                for word in words
            ],
            ignore_conflicts=True,
        )


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0020_edits_and_contacts"),
        ("tenancy", "0003_known_time_zone"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
