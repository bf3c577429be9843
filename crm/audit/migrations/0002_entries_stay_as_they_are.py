"""Makes the audit table append-only, by grants and by trigger: the owner cannot rewrite it by accident either."""

from django.conf import settings
from django.db import migrations

PROTECT = """
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit entries are append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_auditentry
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
"""
UNPROTECT = """
DROP TRIGGER audit_append_only ON audit_auditentry;
DROP FUNCTION audit_refuse_change();
"""


def revoke(apps, schema_editor):
    role = schema_editor.quote_name(settings.DATABASES["default"]["USER"])
    schema_editor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON audit_auditentry FROM {role}")


class Migration(migrations.Migration):
    replaces = [
        ("audit", "0002_append_only"),
    ]
    dependencies = [("audit", "0001_tables")]

    operations = [
        migrations.RunSQL(PROTECT, UNPROTECT),
        migrations.RunPython(revoke, migrations.RunPython.noop),
    ]
