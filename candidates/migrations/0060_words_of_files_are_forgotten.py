"""Changes hold no text of files any more, and nothing of people who were taken out again or of files thrown away."""

from django.db import migrations

FORGET = """
DELETE FROM candidates_change
WHERE model = 'candidates.Resume' AND field IN ('text', 'fields', 'notices', 'search_text');

UPDATE candidates_change AS held SET before = NULL, after = NULL, provenance = NULL
FROM candidates_changeset AS act
WHERE act.organization_id = held.organization_id AND act.id = held.change_set_id
AND act.kind IN ('resume', 'edit') AND act.state = 'undone'
AND held.candidate_id IS NULL AND held.outcome <> 'kept'
AND (held.before IS NOT NULL OR held.after IS NOT NULL OR held.provenance IS NOT NULL);

UPDATE candidates_change AS held SET before = NULL, after = NULL, provenance = NULL
FROM candidates_changeset AS act
WHERE act.organization_id = held.organization_id AND act.id = held.change_set_id
AND act.kind = 'resume' AND act.state = 'undone' AND held.outcome <> 'kept'
AND (held.before IS NOT NULL OR held.after IS NOT NULL OR held.provenance IS NOT NULL)
AND NOT EXISTS (SELECT FROM candidates_resume AS file
    WHERE file.organization_id = act.organization_id AND file.state <> 'discarded'
    AND act.link = 'candidates/resumes/' || file.id || '/');
"""


class Migration(migrations.Migration):
    dependencies = [("candidates", "0059_e_mail_addresses")]

    operations = [migrations.RunSQL(FORGET, migrations.RunSQL.noop)]
