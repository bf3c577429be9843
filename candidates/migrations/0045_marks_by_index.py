"""Who is marked already is looked up by the index, person by person, however many marks there are.

A session keeps the plan of a function from its first call. That is often made while there are no marks: then each of
thousands of people was held against all marks that had come since.
"""

from django.db import migrations

FUNCTIONS = ("candidates_mark_people", "candidates_mark_owners")
SETTINGS = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")


class Migration(migrations.Migration):
    dependencies = [("candidates", "0044_companies_not_to_contact")]

    operations = [
        migrations.RunSQL(
            f"ALTER FUNCTION {function}() SET {setting} = off",
            f"ALTER FUNCTION {function}() RESET {setting}",
        )
        for function in FUNCTIONS
        for setting in SETTINGS
    ]
