"""What a saved search found is a kind of its own: its mail has the rhythm that was chosen with the search."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0051_cells_of_rows"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notification",
            name="kind",
            field=models.CharField(
                choices=[
                    ("reply", "A candidate replied"),
                    ("mention", "A colleague mentioned me"),
                    ("task_assigned", "A task was given to me"),
                    ("task_due", "My tasks are due"),
                    ("returned", "A snoozed candidate is back"),
                    ("cold", "People of mine go cold"),
                    ("import", "An import of mine ended"),
                    ("resumes", "My résumés were read"),
                    ("sender", "A sender of mine stopped"),
                    ("retention", "A retention run ended"),
                    ("decision", "A hiring manager answered"),
                    ("interview", "An interview of mine was booked or changed"),
                    ("referral", "Somebody was referred"),
                    ("review", "People wait for my answer"),
                    ("search", "A saved search of mine found new people"),
                    ("watched", "Something I watch moved"),
                    ("operator", "Rapport's operators changed who signs in"),
                ],
                max_length=15,
            ),
        ),
        migrations.AlterField(
            model_name="notificationchoice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("reply", "A candidate replied"),
                    ("mention", "A colleague mentioned me"),
                    ("task_assigned", "A task was given to me"),
                    ("task_due", "My tasks are due"),
                    ("returned", "A snoozed candidate is back"),
                    ("cold", "People of mine go cold"),
                    ("import", "An import of mine ended"),
                    ("resumes", "My résumés were read"),
                    ("sender", "A sender of mine stopped"),
                    ("retention", "A retention run ended"),
                    ("decision", "A hiring manager answered"),
                    ("interview", "An interview of mine was booked or changed"),
                    ("referral", "Somebody was referred"),
                    ("review", "People wait for my answer"),
                    ("search", "A saved search of mine found new people"),
                    ("watched", "Something I watch moved"),
                    ("operator", "Rapport's operators changed who signs in"),
                ],
                max_length=15,
            ),
        ),
    ]
