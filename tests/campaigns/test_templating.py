"""Templates with versions and languages, snippets, signatures, advice; and how templates do."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Message, Sender, Signature, Snippet, Step, Template, TemplateText
from campaigns.services import rendering, templating
from campaigns.services.linting import advise
from campaigns.services.templating import TemplateDetails, save_template, text_for
from campaigns.template_numbers import TemplateNumbers, hint, numbers_of
from candidates.models import SpokenLanguage
from crm.tenancy.scope import acting_in
from crm.web.errors import DomainError
from tests.factories import CandidateFactory
from tests.pages import text_of

pytestmark = pytest.mark.django_db

PAGE = "/acme/sequences/templates/"
TEXT = {"name": "First mail", "visibility": "shared", "subject": "Hello", "body": "Shall we talk?"}


def saved(by, template=None, **values) -> Template:
    details = TemplateDetails(**{**TEXT, **values})
    return save_template(template, details, by=by).template


def test_every_save_is_a_version_and_the_newest_counts(in_acme, owner):
    template = saved(owner)
    saved(owner, template, body="Shall we meet?")
    saved(owner, template, body="Shall we meet?")

    assert list(template.texts.values_list("version", flat=True)) == [2, 1]
    assert text_for(template).body == "Shall we meet?"


def test_a_person_gets_the_text_in_their_language(in_acme, owner):
    template = saved(owner)
    saved(owner, template, language="de", body="Wollen wir sprechen?")
    saved(owner, template, language="fr", body="On en parle ?")
    people = {}
    for name in ("Deutsch", "French", "Klingon"):
        person = people[name] = CandidateFactory()
        SpokenLanguage.objects.create(candidate=person, name=name, normalized=name.lower())

    assert text_for(template, people["Deutsch"]).body == "Wollen wir sprechen?"
    assert text_for(template, people["French"]).body == "On en parle ?"
    assert text_for(template, people["Klingon"]).body == "Shall we talk?"
    assert text_for(template, CandidateFactory()).body == "Shall we talk?"


@pytest.mark.parametrize(
    ("visibility", "may_use", "may_edit"),
    [("personal", False, False), ("team", True, False), ("shared", True, True)],
)
def test_who_may_use_and_edit(in_acme, owner, recruiter, visibility, may_use, may_edit):
    template = saved(owner, visibility=visibility)

    assert templating.templates_for(recruiter).filter(pk=template.pk).exists() is may_use
    assert templating.may_edit(template, recruiter) is may_edit
    assert templating.may_edit(template, owner)
    if not may_edit:
        with pytest.raises(templating.NotYourTemplate):
            saved(recruiter, template, body="Mine now")


@pytest.mark.parametrize("body", ["Hi {{ nickname }}", "Hi {{ first_name", "{{ 7*7 }}", "  "])
def test_a_text_that_could_not_be_sent_is_not_saved(in_acme, owner, body):
    with pytest.raises(DomainError):
        saved(owner, body=body)

    assert not TemplateText.objects.exists()


def test_the_page_says_where_a_text_is_wrong_and_keeps_it(as_user, recruiter, acme):
    response = as_user(recruiter).post(f"{PAGE}add/", {**TEXT, "body": "Hi,\n{{ nickname }}!"})

    assert response.status_code == 422
    html = text_of(response)
    assert "Line 2, column 1" in html
    assert "{{ nickname }}!" in html


def test_a_template_is_written_versioned_and_put_away(as_user, recruiter, acme):
    client = as_user(recruiter)

    client.post(f"{PAGE}add/", {**TEXT, "folder": "First mails"})
    with acting_in(acme):
        template = Template.objects.get()
    client.post(
        f"{PAGE}{template.pk}/",
        {**TEXT, "folder": "First mails", "body": "Hallo?", "language": "de"},
    )
    html = text_of(client.get(f"{PAGE}{template.pk}/?version=1"))
    assert "This is version 1" in html
    assert "Shall we talk?" in html
    assert "Hallo?" in text_of(client.get(f"{PAGE}{template.pk}/?language=de"))
    assert "First mails" in text_of(client.get(PAGE))
    client.post(f"{PAGE}{template.pk}/archive/")

    assert client.get(PAGE).context["rows"] == []


def test_a_step_begins_with_a_template_and_remembers_it(as_user, recruiter, outreach):
    with acting_in(outreach.organization):
        template = saved(recruiter)
    client = as_user(recruiter)
    add = f"/acme/sequences/{outreach.sequence.pk}/steps/add/"

    html = text_of(client.get(f"{add}?kind=mail&template={template.pk}"))
    assert "Shall we talk?" in html
    client.post(
        add,
        {"kind": "mail", "wait_business_days": "2", "subject": "", "body": "Shall we talk soon?",
         "template": template.pk},
    )  # fmt: skip

    with acting_in(outreach.organization):
        assert Step.objects.get(position=2).template == template


def test_numbers_count_people_and_who_answered(in_acme, owner):
    template = saved(owner)
    now = timezone.now()
    for number in range(60):
        person = CandidateFactory()
        Message.objects.create(
            direction="out", state="sent", candidate=person, template=template,
            sent_at=now, handed_at=now,
        )  # fmt: skip
        if number < 15:
            for automatic in (False, True):
                Message.objects.create(
                    direction="in", state="received", candidate=person, is_automatic=automatic,
                    created_at=now + timedelta(hours=1), message_id=f"<{number}{automatic}@x>",
                )  # fmt: skip

    numbers = numbers_of([template])[template.pk]

    assert (numbers.people, numbers.answered, numbers.reply_rate) == (60, 15, 25)


def test_a_rate_of_few_people_is_not_shown():
    assert TemplateNumbers(people=49, answered=49).reply_rate is None


def test_a_template_that_does_badly_or_sleeps_may_be_retired(in_acme, owner):
    template = saved(owner)
    usual = TemplateNumbers(people=500, answered=150, last_used=timezone.now())
    poor = TemplateNumbers(people=100, answered=10, last_used=timezone.now())
    old = TemplateNumbers(people=10, answered=5, last_used=timezone.now() - timedelta(days=200))

    assert hint(template, poor, of_all=usual) == "10 % answer it, 30 % answer mail in general."
    assert hint(template, old, of_all=usual) == "Nobody used it for half a year."
    assert hint(template, usual, of_all=usual) == ""
    assert hint(template, TemplateNumbers(), of_all=usual) == ""


def test_advice_names_what_keeps_people_from_answering():
    assert advise("Hello {{ first_name | there }}", "Shall we talk on Thursday?") == []
    told = " ".join(
        advise("ACT NOW!! " + "x" * 60, "{{ first_name }} click https://bit.ly/x " * 201)
    )
    for words in (
        "first_name",
        "characters",
        "words are long",
        "Capitals",
        "spam",
        "Shortened",
        "asks nothing",
    ):
        assert words in told


def test_a_signature_keeps_its_lines_and_is_never_missing(in_acme, owner, recruiter):
    candidate = CandidateFactory()
    sender = Sender(name="Robin Reyes", address="robin@acme.example", user=owner)
    Signature.objects.create(user=owner, body="Robin\nAcme, {{ company }}")

    rendered = rendering.render("Bye\n{{ signature }}", candidate, sender=sender)

    assert (rendered.text, rendered.missing) == ("Bye\nRobin\nAcme, {{ company }}", [])
    sender.user = recruiter
    assert rendering.render("{{ signature }}", candidate, sender=sender).text == "Robin Reyes"


def test_a_signature_is_set_and_taken_back(as_user, recruiter, acme):
    client = as_user(recruiter)

    client.post("/acme/sequences/signature/", {"body": "Jo"})
    assert "Jo" in text_of(client.get("/acme/sequences/signature/"))
    client.post("/acme/sequences/signature/", {"body": " "})

    with acting_in(acme):
        assert not Signature.objects.exists()


def test_snippets_are_ones_own_or_everybodys(as_user, recruiter, owner, acme):
    client = as_user(recruiter)
    page = "/acme/sequences/snippets/"

    client.post(page, {"name": "Calendar", "body": "Choose a time.", "is_personal": "on"})
    client.post(page, {"name": "Pay", "body": "We pay fairly."})
    response = client.post(page, {"name": "Pay", "body": "Again."})
    assert response.status_code == 422

    with acting_in(acme):
        assert [snippet.name for snippet in templating.snippets_for(owner)] == ["Pay"]
        mine = Snippet.objects.get(name="Calendar")
    assert as_user(owner).post(f"{page}{mine.pk}/remove/").status_code == 404
    client.post(f"{page}{mine.pk}/remove/")
    with acting_in(acme):
        assert [snippet.name for snippet in templating.snippets_for(recruiter)] == ["Pay"]


def test_a_snippet_is_changed_and_keeps_its_name(as_user, recruiter, acme):
    client, page = as_user(recruiter), "/acme/sequences/snippets/"
    client.post(page, {"name": "Pay", "body": "We pay well."})
    client.post(page, {"name": "Place", "body": "Berlin."})
    with acting_in(acme):
        pay = Snippet.objects.get(name="Pay")
    form = client.get(page, {"edit": pay.pk})
    assert "Change “Pay”" in text_of(form)
    assert form.context["form"].initial["body"] == "We pay well."

    client.post(f"{page}?edit={pay.pk}", {"name": "Pay", "body": "We pay better."})
    taken = client.post(f"{page}?edit={pay.pk}", {"name": "Place", "body": "Ours."})

    assert taken.status_code == 422
    with acting_in(acme):
        bodies = dict(Snippet.objects.values_list("name", "body"))
    assert bodies == {"Pay": "We pay better.", "Place": "Berlin."}


def test_nobody_changes_a_colleagues_own_snippet(as_user, recruiter, owner, acme):
    with acting_in(acme):
        own = templating.save_snippet(None, name="Mine", body="Hi", is_personal=True, by=owner)

    response = as_user(recruiter).post(
        f"/acme/sequences/snippets/?edit={own.pk}", {"name": "Mine", "body": "Theirs"}
    )

    assert response.status_code == 404
    with acting_in(acme):
        assert Snippet.objects.get().body == "Hi"


@pytest.mark.parametrize(
    "page", ["/acme/sequences/templates/add/", "/acme/sequences/{sequence}/steps/add/?kind=mail"]
)
def test_snippets_are_offered_wherever_a_mail_is_written(as_user, recruiter, outreach, page):
    with acting_in(outreach.organization):
        templating.save_snippet(
            None, name="Pay", body="We pay well.", is_personal=False, by=recruiter
        )

    html = text_of(as_user(recruiter).get(page.format(sequence=outreach.sequence.pk)))

    assert 'data-merge="We pay well."' in html


def test_a_templates_texts_are_named_by_their_language(as_user, recruiter, acme):
    with acting_in(acme):
        template = saved(recruiter)
        saved(recruiter, template, language="de", body="Wollen wir sprechen?")

    response = as_user(recruiter).get(f"{PAGE}{template.pk}/")

    assert response.context["languages"] == [("", "Everybody else"), ("de", "German")]
