"""The view of the timeline leaves no kind out: said in the view and by the search, PostgreSQL counted it twice.

A kind that one in ten people has then seemed to be one in a hundred, and all of them were read before a page was shown.
"""

from django.db import migrations

from crm.tenancy.search_views import SearchViews

BEFORE = {
    "touchpoint_search": (
        "SELECT id, candidate_id, kind, at FROM candidates_touchpoint"
        " WHERE kind IN ('mail_received', 'auto_reply', 'bounce', 'unsubscribe')"
    ),
}
VIEWS = {
    "touchpoint_search": "SELECT id, candidate_id, kind, at FROM candidates_touchpoint WHERE true"
}


class Migration(migrations.Migration):
    dependencies = [("candidates", "0038_formats_of_exports")]

    operations = [SearchViews(VIEWS, before=BEFORE)]
