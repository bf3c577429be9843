"""Where is work due? The queue is read once, not again for every organization.

The organization's rules stood outside the question about its mails, which was then asked for each organization
anew: with fifty of them and 20,000 mails in the queue it took 19 seconds instead of 0.15.
"""

from django.db import migrations

WORK = """
-- Steps or mails are due where sending is allowed; a mail of a sequence only if its enrollment still runs.
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
      LEFT JOIN campaigns_sendingrules r ON r.organization_id = m.organization_id
      LEFT JOIN campaigns_enrollment e
        ON e.organization_id = m.organization_id AND e.id = m.enrollment_id
      LEFT JOIN campaigns_sequence s ON s.organization_id = e.organization_id AND s.id = e.sequence_id
      WHERE m.state = 'queued' AND m.due_at <= at
        AND (r.blocked_until IS NULL OR r.blocked_until <= at)
        AND n.paused_at IS NULL AND (n.blocked_until IS NULL OR n.blocked_until <= at)
        AND (m.enrollment_id IS NULL OR (e.state = 'active' AND s.state = 'active'))
  )
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0008_mails_in_several_languages")]

    # The function before answers the same: there is nothing to undo.
    operations = [migrations.RunSQL(WORK, migrations.RunSQL.noop)]
