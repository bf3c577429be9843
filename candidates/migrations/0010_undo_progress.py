"""How far an undo came; and over all organizations: where one stands still, or values are too old?

The functions run as the owner, whom row-level security does not bind, and tell ids of organizations alone.
"""

from django.db import migrations, models

UNDOS = """
CREATE FUNCTION candidates_organizations_with_undos(before timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT DISTINCT c.organization_id FROM candidates_changeset c
  JOIN tenancy_organization o ON o.id = c.organization_id
  WHERE c.state = 'undoing' AND c.beat_at <= before AND o.closed_at IS NULL
$$
"""
OLD = """
CREATE FUNCTION candidates_organizations_with_old_changes(before timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT DISTINCT c.organization_id FROM candidates_changeset c
  WHERE c.created_at <= before AND c.forgotten_at IS NULL
$$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0009_record_in_full"),
    ]

    operations = [
        migrations.AddField(
            model_name="changeset",
            name="undone_down_to",
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.RunSQL(UNDOS, "DROP FUNCTION candidates_organizations_with_undos(timestamptz)"),
        migrations.RunSQL(
            OLD, "DROP FUNCTION candidates_organizations_with_old_changes(timestamptz)"
        ),
    ]
