"""People are found by the role, the place and the pay that they want.

Pay is compared by the year, of 12 months, 220 days or 1,760 hours. Who names one end of a range wants that amount.
"""

from importlib import import_module

from django.db import migrations

from crm.tenancy.search_views import SearchViews

BEFORE = {
    "preference_search": import_module("candidates.migrations.0006_search_index_and_views").VIEWS[
        "preference_search"
    ]
}
A_YEAR = "CASE pay_period WHEN 'month' THEN 12 WHEN 'day' THEN 220 WHEN 'hour' THEN 1760 ELSE 1 END"
VIEWS = {
    "preference_search": (
        "SELECT id, candidate_id, remote, time_zone, starts_on, wanted_role, wanted_place,"
        f" COALESCE(pay_min, pay_max) * {A_YEAR} AS pay_low,"
        f" COALESCE(pay_max, pay_min) * {A_YEAR} AS pay_high, pay_currency AS currency"
        " FROM candidates_candidatepreference WHERE true"
    )
}


class Migration(migrations.Migration):
    dependencies = [("candidates", "0056_contacts_that_files_told_of")]

    operations = [SearchViews(VIEWS, before=BEFORE)]
