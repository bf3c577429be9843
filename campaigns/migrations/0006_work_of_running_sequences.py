"""A queued mail is work only where it may go: of a running enrollment on a running sequence, or of none."""

from django.db import migrations

WITH_WORK = """
CREATE OR REPLACE FUNCTION campaigns_organizations_with_work(at timestamptz) RETURNS SETOF bigint
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
      LEFT JOIN campaigns_enrollment e
        ON e.organization_id = m.organization_id AND e.id = m.enrollment_id
      LEFT JOIN campaigns_sequence s ON s.organization_id = e.organization_id AND s.id = e.sequence_id
      WHERE m.state = 'queued' AND m.due_at <= at
        AND n.paused_at IS NULL AND (n.blocked_until IS NULL OR n.blocked_until <= at)
        AND (m.enrollment_id IS NULL OR (e.state = 'active' AND s.state = 'active'))
  )
$$
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0005_message_crashes")]

    operations = [
        # Going back needs nothing undone: the earlier function only rang more often.
        migrations.RunSQL(WITH_WORK, migrations.RunSQL.noop),
    ]
