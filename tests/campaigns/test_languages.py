"""A step in several languages: who gets which, what says so, and what stays the same for everybody else."""

from dataclasses import replace

import pytest
from django.db import IntegrityError

from campaigns.models import Step, StepVariant
from campaigns.services import checking, delivering, dispatching, preflighting, sequences, versions
from campaigns.services.languages import best_languages
from campaigns.services.previewing import preview_steps
from campaigns.services.sequences import StepDetails
from campaigns.services.templating import TemplateDetails, save_template
from campaigns.services.wording import wordings
from candidates.models import BulkAct, SpokenLanguage
from candidates.services.bulk import actions, freeze, work_on
from crm.tenancy.scope import acting_in
from tests.pages import text_of

pytestmark = pytest.mark.django_db

GERMAN = ("de", "Eine Stelle", "Hallo {{ first_name }}, wollen wir sprechen?")
IN_GERMAN = StepDetails(
    "mail", 0, "A role", "Hi {{ first_name }}, shall we talk?", translations=(GERMAN,)
)


@pytest.fixture
def first(outreach) -> Step:
    """The first mail, also in German."""
    step = outreach.inside(sequences.edit_step, outreach.first, IN_GERMAN, by=outreach.user)
    outreach.inside(outreach.sequence.refresh_from_db)
    return step


@pytest.fixture
def speaking(outreach):
    """`speaking("Deutsch", native="French")`: a candidate with these languages."""

    def make(*names: str, **levels: str):
        number = outreach.inside(SpokenLanguage.objects.count)
        person = outreach.candidate(f"p{number}{len(names)}@example.com", full_name=f"P{number}")
        with acting_in(outreach.organization):
            for level, name in [*(("", name) for name in names), *levels.items()]:
                SpokenLanguage.objects.create(
                    candidate=person, name=name, normalized=name.lower(), level=level
                )
        return person

    return make


@pytest.mark.parametrize(
    ("names", "levels", "best"),
    [
        (["Deutsch"], {}, ["de"]),
        (["English", "German"], {}, ["en", "de"]),
        (["English"], {"native": "German"}, ["de"]),
        (["German"], {"native": "English"}, ["en"]),
        ([], {"b2": "German", "native": "Klingon"}, []),
        ([], {"a1": "German"}, ["de"]),
        ([], {}, []),
    ],
)
def test_the_best_spoken_languages_count(outreach, speaking, names, levels, best):
    person = speaking(*names, **levels)

    found = outreach.inside(best_languages, [person.pk])

    assert found.get(person.pk, []) == best


def test_each_is_sent_the_text_of_their_language(outreach, provider, first, speaking):
    german, french, silent = speaking("Deutsch"), speaking("French"), speaking()
    outreach.enroll(german, french, silent)

    dispatching.dispatch(outreach.organization)
    delivering.deliver_due(outreach.organization)

    sent = {message.candidate_id: message.subject for message in outreach.messages()}
    assert sent == {german.pk: "Eine Stelle", french.pk: "A role", silent.pk: "A role"}
    assert "wollen wir sprechen?" in outreach.messages(candidate=german)[0].body_text


def test_a_tried_wording_is_for_who_gets_the_common_text(outreach, first, speaking):
    german, french = speaking("German"), speaking("French")
    with acting_in(outreach.organization):
        StepVariant.objects.create(step=first, letter="B", subject="Other", body="Other words")
        words = wordings([(first, german.pk), (first, french.pk)])

    assert (words[first.pk, german.pk].language, words[first.pk, german.pk].variant) == ("de", "")
    assert words[first.pk, french.pk].variant in {"A", "B"}


def test_people_ahead_keep_a_text_that_was_taken_out(outreach, provider, first, speaking):
    german = speaking("German")
    outreach.enroll(german)
    alone = StepDetails("mail", 0, "A role", "Hi, shall we talk?")

    changed = outreach.inside(sequences.edit_step, first, alone, by=outreach.user)

    assert changed.pk != first.pk
    assert outreach.inside(changed.variants.count) == 0
    dispatching.dispatch(outreach.organization)
    assert outreach.messages()[0].subject == "Eine Stelle"


def test_a_new_version_takes_the_languages_along(outreach, first, speaking):
    outreach.enroll(speaking("German"))
    with acting_in(outreach.organization):
        copies = versions.branch(outreach.sequence, by=outreach.user)
        texts = StepVariant.objects.filter(step=copies[first.pk])

        assert list(texts.values_list("language", "subject", "body")) == [GERMAN]


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["German"], "in German"),
        (["French", "Spanish"], "the common text: there is none in French or Spanish"),
        ([], "the common text: no language is on the record"),
    ],
)
def test_the_preview_names_the_language_or_the_fallback(
    as_user, recruiter, outreach, first, speaking, names, says
):
    person = speaking(*names)
    with acting_in(outreach.organization):
        (preview,) = preview_steps([first], person, sender=outreach.sender)
    page = f"/acme/sequences/{outreach.sequence.pk}/preview/?candidate={person.pk}"

    assert preview.language == says
    assert says[1:] in text_of(as_user(recruiter).get(page))


def test_a_mail_in_one_language_says_nothing_of_languages(outreach, speaking):
    with acting_in(outreach.organization):
        (preview,) = preview_steps([outreach.first], speaking("German"), sender=outreach.sender)

    assert preview.language == ""


def test_the_check_counts_by_language_and_who_lacks_a_value_in_theirs(
    as_user, recruiter, outreach, speaking
):
    details = StepDetails(
        "mail", 0, "A role", "Shall we talk?", translations=(("de", "Hallo", "{{ company }}?"),)
    )
    outreach.inside(sequences.edit_step, outreach.first, details, by=outreach.user)
    people = [speaking("German"), speaking("German"), speaking("French")]
    with acting_in(outreach.organization):
        type(people[0]).objects.update(company="")
    ids = [person.pk for person in people]
    asked = {"candidates": ",".join(map(str, ids)), "sequence": outreach.sequence.pk}

    page = as_user(recruiter).post("/acme/sequences/enroll/", asked)

    found = page.context["preflight"]
    assert found.in_languages == [("German", 2), ("the common text", 1)]
    assert "German 2" in text_of(page)
    assert {row.candidate.pk for row in found.missing} == set(ids[:2])


def test_many_are_counted_by_language_over_all_batches(outreach, first, speaking, monkeypatch):
    people = [speaking("German"), speaking("German"), speaking("French")]
    ids = [person.pk for person in people]
    monkeypatch.setitem(actions._actions, "check_enrolling", replace(checking.CHECK, batch=2))
    with acting_in(outreach.organization):
        act = checking.check_many(
            outreach.sequence,
            ids,
            frozen=freeze(ids, by=outreach.user),
            despite_contact=False,
            pool=None,
            by=outreach.user,
        )
    work_on(outreach.organization, act.pk)

    with acting_in(outreach.organization):
        found = checking.preflight_of(BulkAct.objects.get(pk=act.pk), outreach.sequence)
        assert found.languages == {"de": 2, "": 1}
        at_once = preflighting.preflight(outreach.sequence, ids, viewer=outreach.user)
        assert at_once.languages == {"de": 2, "": 1}


def test_a_step_that_begins_as_a_template_has_its_languages(as_user, recruiter, outreach):
    with acting_in(outreach.organization):
        text = {"name": "First mail", "subject": "Hello", "body": "Shall we talk?"}
        template = save_template(None, TemplateDetails(**text), by=recruiter).template
        german = {**text, "language": "de", "subject": "Hallo", "body": "Wollen wir sprechen?"}
        save_template(template, TemplateDetails(**german), by=recruiter)
    client = as_user(recruiter)
    add = f"/acme/sequences/{outreach.sequence.pk}/steps/add/"

    form = client.get(f"{add}?kind=mail&template={template.pk}")
    assert "Wollen wir sprechen?" in text_of(form)
    posted = {
        "kind": "mail", "wait_business_days": "2", "template": template.pk,
        "subject": "Hello", "body": "Shall we talk?", "subject_de": "Hallo", "body_de": "Sprechen wir?",
        "new_language": "fr", "new_subject": "Bonjour", "new_body": "On en parle ?",
    }  # fmt: skip
    client.post(add, posted)

    with acting_in(outreach.organization):
        texts = Step.objects.get(position=2).variants.values_list("language", "subject", "body")
        assert list(texts) == [
            ("de", "Hallo", "Sprechen wir?"),
            ("fr", "Bonjour", "On en parle ?"),
        ]


@pytest.mark.parametrize(
    ("posted", "says"),
    [
        ({"body_de": "Hallo {{ nickname }}", "subject_de": "Hallo"}, "“nickname” is not a merge"),
        ({"body_de": "Hallo"}, "Give the subject in this language too."),
        ({"new_body": "Hallo", "new_subject": "Hallo"}, "Say which language this text is in."),
        ({"new_language": "de"}, "Write the text in German."),
        (
            {"body_de": "A", "subject_de": "B", "new_language": "de", "new_body": "A", "new_subject": "B"},
            "There is a text in this language already.",
        ),
    ],
)  # fmt: skip
def test_a_text_that_could_not_be_sent_is_refused(as_user, recruiter, outreach, posted, says):
    add = f"/acme/sequences/{outreach.sequence.pk}/steps/add/"
    step = {"kind": "mail", "wait_business_days": "2", "subject": "Hello", "body": "Shall we?"}

    response = as_user(recruiter).post(add, {**step, **posted})

    assert response.status_code == 422
    assert says in text_of(response)
    assert outreach.inside(StepVariant.objects.exists) is False


def test_the_draft_is_previewed_in_the_candidates_language(client, recruiter, outreach, speaking):
    person = speaking("German")
    client.force_login(recruiter)

    shown = client.post(
        f"/acme/sequences/{outreach.sequence.pk}/preview/draft/",
        {"kind": "mail", "subject": "Hello", "body": "Shall we?", "candidate": person.pk,
         "subject_de": "Hallo", "body_de": "Wollen wir?"},
    )  # fmt: skip

    assert "Wollen wir?" in text_of(shown)
    assert "In German" in text_of(shown)


def test_a_letter_or_a_language_never_both(outreach, first):
    with acting_in(outreach.organization), pytest.raises(IntegrityError):
        StepVariant.objects.create(step=first, letter="B", language="fr", body="x")


def test_a_step_being_written_is_advised_on(client, recruiter, outreach, speaking):
    person = speaking("German")
    client.force_login(recruiter)
    address = f"/acme/sequences/{outreach.sequence.pk}/preview/draft/"
    step = {"kind": "mail", "subject": "Hello", "candidate": person.pk}

    poor = text_of(client.post(address, {**step, "body": "Act now, {{ first_name }}."}))
    good = text_of(client.post(address, {**step, "body": "Hi {{ first_name | there }}, shall we?"}))

    assert "People without a value for first_name are held back" in poor
    assert "Some of these words are counted as spam" in poor
    assert "lightbulb" not in good
    assert "held back" not in good
