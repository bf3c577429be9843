"""Pairs that share no identifier are not almost certain; whoever stands in a pair is compared anew, batch by batch.

Until then the stored confidence of such pairs ends where certainty begins, so that nobody merges them unseen.
"""

from django.db import migrations

CAP = """
UPDATE candidates_duplicatepair SET confidence = 94
WHERE confidence > 94
AND NOT (
    reasons @> '[["phone"]]' OR reasons @> '[["email", "same mailbox"]]'
    OR jsonb_path_exists(reasons, '$[*] ? (@[0] == "profile" && @[1] starts with "same profile on ")')
)
"""
COMPARE = """
INSERT INTO candidates_matchcheck (organization_id, candidate_id)
SELECT organization_id, candidate_id FROM candidates_duplicatepair
UNION SELECT organization_id, other_id FROM candidates_duplicatepair
"""


class Migration(migrations.Migration):
    dependencies = [("candidates", "0047_search_of_histories")]

    operations = [migrations.RunSQL([CAP, COMPARE], migrations.RunSQL.noop)]
