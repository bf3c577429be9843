"""The one question that is asked over all organizations: where is work due, or a mail stuck?

The functions run as the owner, whom row-level security does not bind, and tell ids of organizations
alone. `SET search_path` keeps a caller from putting tables of its own in their way.
"""

from django.db import migrations

WITH_WORK = """
CREATE FUNCTION campaigns_organizations_with_work(at timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT o.id FROM tenancy_organization o
  WHERE o.sending_paused_at IS NULL AND o.closed_at IS NULL AND o.id IN (
    SELECT e.organization_id FROM campaigns_enrollment e
      JOIN campaigns_sequence s ON s.organization_id = e.organization_id AND s.id = e.sequence_id
      WHERE e.state = 'active' AND e.next_at <= at AND s.state = 'active'
    UNION ALL
    SELECT m.organization_id FROM campaigns_message m
      JOIN campaigns_sender n ON n.organization_id = m.organization_id AND n.id = m.sender_id
      WHERE m.state = 'queued' AND m.due_at <= at
        AND n.paused_at IS NULL AND (n.blocked_until IS NULL OR n.blocked_until <= at)
  )
$$
"""
WITH_STUCK_MAIL = """
CREATE FUNCTION campaigns_organizations_with_stuck_mail(before timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT DISTINCT m.organization_id FROM campaigns_message m
  WHERE m.state = 'sending' AND m.claimed_at <= before
$$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0003_sender_blocks_and_handed_at"),
        ("tenancy", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            WITH_WORK, "DROP FUNCTION campaigns_organizations_with_work(timestamptz)"
        ),
        migrations.RunSQL(
            WITH_STUCK_MAIL, "DROP FUNCTION campaigns_organizations_with_stuck_mail(timestamptz)"
        ),
    ]
