"""Addresses under /sequences/."""

from django.urls import URLPattern, path

from campaigns.views import editor, enrolling, mails, people, replies, sequences, templates, writing

app_name = "campaigns"
urlpatterns: list[URLPattern] = [
    path("", sequences.sequence_list, name="sequences"),
    path("add/", sequences.add_sequence, name="add_sequence"),
    path("enroll/", enrolling.enroll, name="enroll"),
    path("<int:pk>/", sequences.sequence, name="sequence"),
    path("<int:pk>/edit/", sequences.edit_sequence, name="edit_sequence"),
    path("<int:pk>/activate/", sequences.activate, name="activate"),
    path("<int:pk>/pause/", sequences.pause, name="pause"),
    path("<int:pk>/archive/", sequences.archive, name="archive"),
    path("<int:pk>/preview/", editor.preview, name="preview"),
    path("<int:pk>/preview/draft/", editor.preview_draft, name="preview_draft"),
    path("<int:pk>/steps/add/", editor.add_step, name="add_step"),
    path("<int:pk>/people/", people.people, name="people"),
    path("steps/<int:pk>/", editor.edit_step, name="step"),
    path("steps/<int:pk>/move/", editor.move_step, name="move_step"),
    path("steps/<int:pk>/delete/", editor.delete_step, name="delete_step"),
    path("enrollments/<int:pk>/stop/", people.stop_enrollment, name="stop_enrollment"),
    path("enrollments/<int:pk>/pause/", people.pause_enrollment, name="pause_enrollment"),
    path("enrollments/<int:pk>/resume/", people.resume_enrollment, name="resume_enrollment"),
    path("needs-a-look/", mails.needs_a_look, name="needs_a_look"),
    path("needs-a-look/<int:pk>/resend/", mails.resend, name="resend"),
    path("needs-a-look/<int:pk>/mark-sent/", mails.mark_sent, name="mark_sent"),
    path("replies/", replies.replies, name="replies"),
    path("replies/<int:pk>/sort/", replies.sort_reply, name="sort_reply"),
    path("replies/<int:pk>/keep-address/", replies.keep_address, name="keep_address"),
    path("templates/", templates.template_list, name="templates"),
    path("templates/add/", templates.add_template, name="add_template"),
    path("templates/<int:pk>/", templates.edit_template, name="template"),
    path("templates/<int:pk>/archive/", templates.archive_template, name="archive_template"),
    path("snippets/", templates.snippets, name="snippets"),
    path("snippets/<int:pk>/remove/", templates.remove_snippet, name="remove_snippet"),
    path("signature/", templates.signature, name="signature"),
    path("write/<int:pk>/", writing.write, name="write"),
    path("unmatched/", mails.unmatched, name="unmatched"),
    path("unmatched/<int:pk>/assign/", mails.assign, name="assign"),
    path("unmatched/<int:pk>/add/", mails.add_writer, name="add_writer"),
    path("unmatched/<int:pk>/dismiss/", mails.dismiss, name="dismiss"),
    path("mails/<int:pk>/", mails.mail, name="mail"),
    path("mails/<int:pk>/body/", mails.mail_body, name="mail_body"),
]
