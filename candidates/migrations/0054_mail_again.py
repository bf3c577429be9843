"""That somebody may be written to again is an entry of its own, and no longer one more unsubscription."""

from django.db import migrations, models

TOLD_APART = """
UPDATE candidates_touchpoint
SET kind = CASE WHEN summary LIKE '%(was: Unsubscribed)' THEN 'mail_again' ELSE 'edited' END
WHERE kind = 'unsubscribe' AND summary LIKE 'May be written to again: %'
"""
AS_ONE = """
UPDATE candidates_touchpoint SET kind = 'unsubscribe'
WHERE kind IN ('mail_again', 'edited') AND summary LIKE 'May be written to again: %'
"""


class Migration(migrations.Migration):
    dependencies = [("candidates", "0053_marks_person_by_person")]

    operations = [
        migrations.AlterField(
            model_name="touchpoint",
            name="kind",
            field=models.CharField(
                choices=[
                    ("added", "Added"),
                    ("imported", "Imported"),
                    ("edited", "Edited"),
                    ("note", "Note"),
                    ("call", "Call"),
                    ("text", "Text message"),
                    ("meeting", "Meeting"),
                    ("social", "LinkedIn message"),
                    ("task", "Task"),
                    ("pool", "Pool"),
                    ("tag", "Tag"),
                    ("mail_sent", "Mail sent"),
                    ("mail_received", "Reply"),
                    ("auto_reply", "Automatic reply"),
                    ("bounce", "Bounce"),
                    ("unsubscribe", "Unsubscribed"),
                    ("mail_again", "May be written to again"),
                    ("sequence", "Sequence"),
                    ("stage", "Stage"),
                    ("status", "Status"),
                    ("undone", "Undone"),
                    ("merged", "Merged"),
                    ("interview", "Interview"),
                    ("review", "Hiring manager's answer"),
                    ("referral", "Referral"),
                ],
                max_length=20,
            ),
        ),
        migrations.RunSQL(TOLD_APART, AS_ONE),
    ]
