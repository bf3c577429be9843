"""Over all organizations: where is work due, a mail stuck, or a rule that enrolls?

The functions run as the owner, whom row-level security does not bind, and tell ids of organizations
alone. `SET search_path` keeps a caller from putting tables of its own in their way.
"""

from django.db import migrations

FUNCTIONS = """
-- Steps or mails are due where sending is allowed; a mail of a sequence only if its enrollment still runs.
CREATE FUNCTION campaigns_organizations_with_work(at timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT o.id FROM tenancy_organization o
  LEFT JOIN campaigns_sendingrules r ON r.organization_id = o.id
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
        AND (r.blocked_until IS NULL OR r.blocked_until <= at)
        AND n.paused_at IS NULL AND (n.blocked_until IS NULL OR n.blocked_until <= at)
        AND (m.enrollment_id IS NULL OR (e.state = 'active' AND s.state = 'active'))
  )
$$;
-- A mail was taken for sending and nothing was heard of it since.
CREATE FUNCTION campaigns_organizations_with_stuck_mail(before timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT DISTINCT m.organization_id FROM campaigns_message m
  WHERE m.state = 'sending' AND m.claimed_at <= before
$$;
-- A running sequence enrolls people by a rule.
CREATE FUNCTION campaigns_organizations_with_auto_enrollment() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT DISTINCT a.organization_id FROM campaigns_autoenrollment a
  JOIN tenancy_organization o ON o.id = a.organization_id
  JOIN campaigns_sequence s ON s.organization_id = a.organization_id AND s.id = a.sequence_id
  WHERE o.sending_paused_at IS NULL AND o.closed_at IS NULL AND s.state = 'active'
$$;
"""
NO_FUNCTIONS = """
DROP FUNCTION campaigns_organizations_with_auto_enrollment();
DROP FUNCTION campaigns_organizations_with_stuck_mail(timestamptz);
DROP FUNCTION campaigns_organizations_with_work(timestamptz);
"""


class Migration(migrations.Migration):
    replaces = [
        ("campaigns", "0004_organizations_with_work"),
        ("campaigns", "0006_work_of_running_sequences"),
        ("campaigns", "0016_lineages_and_starts"),
    ]
    dependencies = [("campaigns", "0001_tables")]

    operations = [migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS)]
