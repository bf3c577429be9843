"""Rows of an import that stopped half-way, and that nobody went on with, are too old to keep, too."""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION candidates_organizations_with_old_imports(
  finished_before timestamptz, uploaded_before timestamptz
) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT DISTINCT i.organization_id FROM candidates_import i
  WHERE (i.started_at IS NULL AND i.created_at <= uploaded_before)
    OR (
      {old}
      AND EXISTS (
        SELECT FROM candidates_importrow r
        WHERE r.organization_id = i.organization_id AND r.import_file_id = i.id
      )
    )
$$;
"""
FINISHED = "i.finished_at <= finished_before"
HALTED = "(i.state = 'failed' AND i.started_at IS NOT NULL AND i.beat_at <= finished_before)"


class Migration(migrations.Migration):
    dependencies = [("candidates", "0060_words_of_files_are_forgotten")]

    operations = [
        migrations.RunSQL(
            FUNCTION.format(old=f"({FINISHED} OR {HALTED})"), FUNCTION.format(old=FINISHED)
        )
    ]
