"""What entries of the data map have in common."""

from crm.data_map import Category, personal

WITH_PERSON = "As long as the candidate"
WITH_ORGANIZATION = "As long as the organization"
# The columns of `Sourced`: where a row comes from.
SOURCED = personal(
    Category.TECHNICAL, "provenance_kind", "provenance_label", "provenance_at"
) | personal(Category.USAGE, "provenance_by", exported=False)
# The columns of `Evidenced`: how sure we are of it.
EVIDENCED = personal(Category.OPINION, "evidence", "verified_at") | personal(
    Category.USAGE, "verified_by", exported=False
)
