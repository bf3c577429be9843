"""Skills: the list that Rapport brings, the organization's own words, the queue of unknown ones, every door."""

from datetime import UTC, datetime

import pytest

from candidates.models import CandidateSkill, Evidence, Skill, SkillAlias
from candidates.queries import choices
from candidates.queries.search import ANY_READER, find_people, words_query
from candidates.resumes.skills import shipped_skills
from candidates.services.candidates import create_candidate
from candidates.services.identifying import fold
from candidates.services.skills import keeping
from candidates.services.skills.resolving import canonical_names, own_words, skills_named
from candidates.services.skills.taxonomy import families, related, shipped
from candidates.services.tagging import add_skill
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen
from tests.factories import CandidateFactory

State = Skill.State
JANUARY, JUNE = (datetime(2026, month, 2, tzinfo=UTC) for month in (1, 6))


def skills_of(candidate) -> list[str]:
    return sorted(
        CandidateSkill.objects.filter(candidate=candidate).values_list("skill__name", flat=True)
    )


def test_shipped_list_has_each_word_once_and_names_only_itself():
    words = [fold(word) for skill in shipped_skills() for word in (skill.name, *skill.aliases)]
    names = {skill.name for skill in shipped_skills()}

    assert len(words) == len(set(words))
    assert len(names) >= 800
    assert {near for skill in shipped_skills() for near in skill.related} <= names
    assert {"Trades and construction", "Health and care", "Languages"} <= set(families())
    assert max(map(len, words)) <= 60


def test_related_goes_both_ways():
    assert "Django" in related("Python")
    assert "Python" in related("Django")
    assert "Welding" not in related("Python")


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("golang", "Go"),
        ("PYTHON3", "Python"),
        ("React.js", "React"),
        ("k8s", "Kubernetes"),
        ("Datenschutz", "GDPR"),
        ("c", "C"),
        ("brick laying", None),
    ],
)
def test_words_are_found_in_the_list(word, name):
    found = shipped(word)

    assert (found.name if found else None) == name


def test_every_spelling_of_a_skill_is_one_skill(in_acme, recruiter):
    ana = create_candidate(by=recruiter, full_name="Ana", skills=["golang", "GO", "Go", "js"])
    add_skill(ana, "ECMAScript", by=recruiter)

    assert skills_of(ana) == ["Go", "JavaScript"]
    go = Skill.objects.get(name="Go")
    assert (go.state, go.family, go.shipped_as) == (State.KNOWN, "Programming languages", "Go")


def test_unknown_words_are_kept_and_wait_for_a_look(in_acme, recruiter):
    ana = create_candidate(by=recruiter, full_name="Ana", skills=["Falconry", "Go"])

    assert skills_of(ana) == ["Falconry", "Go"]
    assert list(Skill.objects.filter(state=State.WAITING).values_list("name", flat=True)) == [
        "Falconry"
    ]
    assert [name for _, name in choices("skills").skills] == ["Go"]


def test_assigned_word_moves_its_people_and_comes_again_as_the_other(in_acme, owner):
    one = CandidateFactory(skills=["Pyton"])
    both = CandidateFactory(skills=["Pyton", "Python"])
    word, python = Skill.objects.get(name="Pyton"), Skill.objects.get(name="Python")

    assert keeping.assign_skill(word, into=python, by=owner) == 2

    assert skills_of(one) == skills_of(both) == ["Python"]
    assert canonical_names(["PYTON", "pyton "]) == {"PYTON": "Python", "pyton ": "Python"}
    assert skills_named(["pyton"]) == [python]
    with pytest.raises(keeping.SameSkill):
        keeping.assign_skill(python, into=python, by=owner)


def test_what_was_confirmed_of_an_assigned_word_holds_for_the_other(in_acme, owner, recruiter):
    word, python = skills_named(["Pyton", "Python"])
    ana, ben = (CandidateFactory(skills=["Pyton", "Python"]) for _ in range(2))
    held = CandidateSkill.objects.filter
    held(skill=word).update(evidence=Evidence.CONFIRMED, verified_at=JUNE, verified_by=owner)
    held(skill=python, candidate=ben).update(
        evidence=Evidence.ASSESSED, verified_at=JANUARY, verified_by=recruiter
    )

    keeping.assign_skill(word, into=python, by=owner)

    told = {
        row.candidate_id: (row.skill_id, row.evidence, row.verified_at, row.verified_by_id)
        for row in CandidateSkill.objects.all()
    }
    assert told == {
        ana.pk: (python.pk, Evidence.CONFIRMED, JUNE, owner.pk),
        ben.pk: (python.pk, Evidence.ASSESSED, JANUARY, recruiter.pk),
    }


def test_accepted_word_is_a_skill_and_an_ignored_one_is_offered_nowhere(in_acme, owner):
    ana = CandidateFactory(skills=["Falconry", "Open minded"])
    keeping.accept_skill(Skill.objects.get(name="Falconry"), by=owner)
    keeping.ignore_skill(Skill.objects.get(name="Open minded"), by=owner)

    assert skills_of(ana) == ["Falconry", "Open minded"]
    assert [name for _, name in choices("skills").skills] == ["Falconry"]
    assert own_words(10) == ["Falconry"]
    # It comes again: nobody is asked a second time.
    CandidateFactory(skills=["open minded"])
    assert not Skill.objects.filter(state=State.WAITING).exists()


def test_own_names_and_aliases_win_over_the_list(in_acme, owner):
    (go,) = skills_named(["golang"])
    keeping.edit_skill(go, name="Go (language)", family="", by=owner)
    (tableau,) = skills_named(["Tableau"])
    keeping.add_alias(tableau, name="Dashboards", by=owner)

    assert skills_named(["Golang", "dashboards"]) == [go, tableau]
    with pytest.raises(keeping.SkillNameTaken, match="it means “Tableau”"):
        keeping.add_alias(go, name="DASHBOARDS", by=owner)
    with pytest.raises(keeping.SkillNameTaken, match="it means “Kubernetes”"):
        keeping.add_own_skill(name="k8s", family="", by=owner)
    assert not Skill.objects.filter(name="Kubernetes").exists()


def test_alias_takes_the_word_that_waits(in_acme, owner):
    ana = CandidateFactory(skills=["Dashbords"])
    (tableau,) = skills_named(["Tableau"])

    keeping.add_alias(tableau, name="dashbords", by=owner)

    assert skills_of(ana) == ["Tableau"]
    assert SkillAlias.objects.get().skill == tableau


def test_people_are_found_by_what_their_skill_is_called_now(in_acme, owner):
    ana = CandidateFactory(full_name="Ana", skills=["Foobarlang"])
    ben = CandidateFactory(full_name="Ben", skills=["Zorgscript"])
    renamed, assigned = skills_named(["Foobarlang", "Zorgscript"])

    def found(word):
        return set(find_people(words_query(word), searcher=ANY_READER).values_list("pk", flat=True))

    keeping.accept_skill(renamed, name="Quuxlang", by=owner)
    assert (found("quuxlang"), found("foobarlang")) == ({ana.pk}, set())
    keeping.edit_skill(renamed, name="Corgelang", family="", by=owner)
    assert (found("corgelang"), found("quuxlang")) == ({ana.pk}, set())
    keeping.assign_skill(assigned, into=skills_named(["Kubernetes"])[0], by=owner)
    assert (found("kubernetes"), found("zorgscript")) == ({ben.pk}, set())


def test_suggestions_name_the_likely_skill(in_acme):
    found = keeping.suggestions(["Kubernets", "Postgres SQL", "xyzzy", "Hiring", "PSQL"])

    assert found["Kubernets"][0] == "Kubernetes"
    assert "PostgreSQL" in found["Postgres SQL"]
    assert found["xyzzy"] == []
    # Not R.
    assert found["Hiring"] == []
    assert "SQL" in found["PSQL"]


def test_pages_of_skills(acme, owner, as_user):
    with acting_in(acme):
        CandidateFactory(skills=["Kubernets", "Go"])
        word = Skill.objects.get(name="Kubernets")
    here = "/acme/settings/people/skills/"

    assert "Go" in seen(as_user(owner).get(here))
    queue = seen(as_user(owner).get(here, {"state": "waiting"}))
    assert "means Kubernetes" in queue
    assert "1 person" in queue

    as_user(owner).post(f"{here}{word.pk}/assign/", {"into": "k8s"})
    with acting_in(acme):
        assert SkillAlias.objects.get().skill.name == "Kubernetes"
        assert not Skill.objects.filter(state=State.WAITING).exists()


def test_page_refuses_a_word_that_nobody_knows(acme, owner, client):
    with acting_in(acme):
        CandidateFactory(skills=["Kubernets"])
        word = Skill.objects.get(name="Kubernets")
    client.force_login(owner)

    answer = client.post(
        f"/acme/settings/people/skills/{word.pk}/assign/", {"into": "Nonsense"}, follow=True
    )

    assert "“Nonsense” is no other known skill" in answer.content.decode()
    with acting_in(acme):
        assert Skill.objects.get(name="Kubernets").state == State.WAITING
