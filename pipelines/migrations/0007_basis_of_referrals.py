"""A colleague cannot consent for somebody else: who came by a referral is kept on legitimate interest.

Where somebody has set the basis by hand since, that stands.
"""

from django.db import migrations

CORRECT = """
UPDATE candidates_candidate person SET lawful_basis = 'legitimate_interest'
FROM pipelines_referral referral
WHERE referral.organization_id = person.organization_id AND referral.candidate_id = person.id
AND NOT referral.was_known AND person.lawful_basis = 'consent' AND NOT person.provenance ? 'lawful_basis'
"""


class Migration(migrations.Migration):
    dependencies = [("pipelines", "0006_stages_of_pools")]

    operations = [migrations.RunSQL(CORRECT, migrations.RunSQL.noop)]
