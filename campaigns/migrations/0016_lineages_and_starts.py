"""Steps, mails and enrollments of before get what the versions and caps count by; a full organization rests."""

from django.db import migrations

LINEAGES = "UPDATE campaigns_step SET lineage = gen_random_uuid()"
DOMAINS = """
UPDATE campaigns_message SET to_domain = lower(split_part(to_address, '@', 2))
WHERE direction = 'out' AND to_address <> ''
"""
STARTS = """
UPDATE campaigns_enrollment e SET started_at = e.enrolled_at
WHERE e.state = 'finished' OR EXISTS (
  SELECT FROM campaigns_message m WHERE m.organization_id = e.organization_id AND m.enrollment_id = e.id)
"""
WITH_WORK = """
CREATE OR REPLACE FUNCTION campaigns_organizations_with_work(at timestamptz) RETURNS SETOF bigint
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
$$
"""
WITH_RULES = """
CREATE FUNCTION campaigns_organizations_with_auto_enrollment() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT DISTINCT a.organization_id FROM campaigns_autoenrollment a
  JOIN tenancy_organization o ON o.id = a.organization_id
  JOIN campaigns_sequence s ON s.organization_id = a.organization_id AND s.id = a.sequence_id
  WHERE o.sending_paused_at IS NULL AND o.closed_at IS NULL AND s.state = 'active'
$$
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0015_versions_windows_and_limits")]

    operations = [
        migrations.RunSQL([LINEAGES, DOMAINS, STARTS], migrations.RunSQL.noop),
        migrations.RunSQL(WITH_WORK, migrations.RunSQL.noop),
        migrations.RunSQL(
            WITH_RULES, "DROP FUNCTION campaigns_organizations_with_auto_enrollment()"
        ),
    ]
