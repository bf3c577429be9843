"""Which account knows a mail again, and where there are mails in doubt that one may be asked about."""

import django.db.models.deletion
from django.db import migrations, models

import crm.tenancy.walls

# Asked over all organizations; tells their ids alone.
FUNCTION = """
CREATE FUNCTION campaigns_organizations_with_repeatable_mail() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT DISTINCT m.organization_id FROM campaigns_message m
  JOIN tenancy_organization o ON o.id = m.organization_id
  WHERE m.state = 'ambiguous' AND m.handed_through_id IS NOT NULL AND m.due_at <= clock_timestamp()
    AND o.sending_paused_at IS NULL AND o.closed_at IS NULL
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0006_stopped_for_the_company"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="handed_through",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                help_text="The account that knows it again, if it is handed over twice",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="campaigns.mailaccount",
            ),
        ),
        crm.tenancy.walls.BuildWalls(
            name="message",
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state", "ambiguous")),
                fields=["due_at"],
                name="message_in_doubt",
            ),
        ),
        migrations.RunSQL(
            FUNCTION, "DROP FUNCTION campaigns_organizations_with_repeatable_mail();"
        ),
    ]
