"""Who came with a file before that was kept: a last contact without an entry on the timeline is what the file told of.

A file tells a day, which is stored as its noon. Whose last contact has an entry keeps nothing: what a file told of before
it is not known any more. A batch is a transaction of its own; one that is done again changes nothing.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

BATCH = 20_000
FILL = """
WITH batch AS (
    SELECT id FROM candidates_candidate WHERE id > %s ORDER BY id LIMIT %s
), written AS (
    UPDATE candidates_candidate person SET imported_contact_at = person.last_contacted_at
    FROM batch WHERE person.id = batch.id AND person.imported_contact_at IS NULL
    AND (person.last_contacted_at AT TIME ZONE 'UTC')::time = '12:00'
    AND NOT EXISTS (SELECT FROM candidates_touchpoint entry
        WHERE entry.organization_id = person.organization_id AND entry.candidate_id = person.id
        AND entry.at = person.last_contacted_at
        AND entry.kind IN ('call', 'text', 'social', 'meeting', 'mail_sent'))
    AND EXISTS (SELECT FROM candidates_touchpoint entry
        WHERE entry.organization_id = person.organization_id AND entry.candidate_id = person.id
        AND entry.kind = 'imported')
)
SELECT max(id) FROM batch
"""


def fill(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    after: int | None = 0
    with schema_editor.connection.cursor() as cursor:
        while after is not None:
            cursor.execute(FILL, [after, BATCH])
            (after,) = cursor.fetchone()


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("candidates", "0055_contacts_of_imports")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
