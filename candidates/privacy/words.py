"""What entries of the data map have in common."""

from crm.data_map import Category, configuration, personal, technical, usage

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
# What people and candidacies have in custom fields, but for whose it is.
OWN_VALUE = (
    technical("id")
    | personal(
        *(Category.PROFESSIONAL, "field", "text", "number", "currency", "day", "yes", "option"),
        "member",
    )
    | personal(Category.TECHNICAL, "normalized", "unique_key", "attachment", exported=False)
    | SOURCED
)
# The same of jobs and pools.
VALUE_OF_WORK = (
    technical("id", "field", "normalized", "unique_key", "attachment")
    | configuration("text", "number", "currency", "day", "yes", "option")
    | usage("member", "provenance_by", "provenance_kind", "provenance_label", "provenance_at")
)
