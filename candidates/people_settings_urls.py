"""Addresses under /settings/people/."""

from django.urls import URLPattern, path

from candidates.views import company_rules, people_settings, skills

app_name = "people_settings"
urlpatterns: list[URLPattern] = [
    path("", people_settings.general, name="general"),
    path("tags/", people_settings.tags, name="tags"),
    path("tags/<int:pk>/", people_settings.tag, name="tag"),
    path("tags/<int:pk>/merge/", people_settings.merge_tag, name="merge_tag"),
    path("tags/<int:pk>/delete/", people_settings.delete_tag, name="delete_tag"),
    path("skills/", skills.skills, name="skills"),
    path("skills/<int:pk>/", skills.skill, name="skill"),
    path("skills/<int:pk>/assign/", skills.assign, name="assign_skill"),
    path("skills/<int:pk>/decide/", skills.decide, name="decide_skill"),
    path("skills/<int:pk>/aliases/", skills.aliases, name="skill_aliases"),
    path("do-not-contact/", company_rules.companies, name="companies"),
    path("do-not-contact/import/", company_rules.import_companies, name="import_companies"),
    path("do-not-contact/<int:pk>/", company_rules.company, name="company"),
    path("do-not-contact/<int:pk>/remove/", company_rules.remove_company, name="remove_company"),
    path("sources/<int:pk>/merge/", people_settings.merge_source, name="merge_source"),
    path("lists/<slug:kind>/", people_settings.entries, name="entries"),
    path("lists/<slug:kind>/<int:pk>/", people_settings.entry, name="entry"),
    path("lists/<slug:kind>/<int:pk>/archive/", people_settings.archive_entry, name="archive"),
]
