"""Objects for tests. Owned ones are made inside the organization being acted in, never in one of their own."""

import factory

from candidates.models import (
    Candidate,
    CandidateSkill,
    CandidateTag,
    EmailAddress,
    Note,
    PhoneNumber,
    PoolMembership,
    ProfileLink,
    Skill,
    Source,
    Tag,
    TalentPool,
    Task,
    Touchpoint,
)
from candidates.services.identifying import fold, normalize_link, normalize_phone
from candidates.services.searching import refresh_search_text
from candidates.services.skills.resolving import skills_named
from candidates.services.tagging import labels_named
from crm.accounts.models import User
from crm.tenancy.models import Membership, Organization
from crm.tenancy.roles import Role


class OrganizationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Organization
        django_get_or_create = ("slug",)

    name = factory.Sequence(lambda n: f"Organization {n}")
    slug = factory.Sequence(lambda n: f"organization-{n}")


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"user{n}@example.com")
    name = factory.Sequence(lambda n: f"User {n}")


class MembershipFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    organization = factory.SubFactory(OrganizationFactory)
    role = Role.RECRUITER


class SourceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Source
        django_get_or_create = ("name",)

    name = factory.Sequence(lambda n: f"Source {n}")


class CandidateFactory(factory.django.DjangoModelFactory):
    """`CandidateFactory(emails=["ana@example.com"], tags=["Berlin"])`: lists as a recruiter says them."""

    class Meta:
        model = Candidate
        skip_postgeneration_save = True

    full_name = factory.Sequence(lambda n: f"Candidate {n}")
    headline = "Engineer"
    company = "Initech"

    @factory.post_generation
    def emails(self, create: bool, extracted: list[str] | None, **kwargs: object) -> None:
        for position, address in enumerate(extracted or []):
            EmailAddressFactory(candidate=self, address=address, is_primary=position == 0)

    @factory.post_generation
    def phones(self, create: bool, extracted: list[str] | None, **kwargs: object) -> None:
        for number in extracted or []:
            PhoneNumberFactory(candidate=self, number=number)

    @factory.post_generation
    def links(self, create: bool, extracted: list[str] | None, **kwargs: object) -> None:
        for url in extracted or []:
            ProfileLinkFactory(candidate=self, url=url)

    @factory.post_generation
    def tags(self, create: bool, extracted: list[str] | None, **kwargs: object) -> None:
        for tag in labels_named(Tag, extracted or []):
            CandidateTag.objects.create(candidate=self, tag=tag)

    @factory.post_generation
    def skills(self, create: bool, extracted: list[str] | None, **kwargs: object) -> None:
        for skill in skills_named(extracted or []):
            CandidateSkill.objects.create(candidate=self, skill=skill)

    @factory.post_generation
    def pools(self, create: bool, extracted: list[TalentPool] | None, **kwargs: object) -> None:
        for pool in extracted or []:
            PoolMembership.objects.create(candidate=self, pool=pool)

    @factory.post_generation
    def search_text_kept(self, create: bool, extracted: object, **kwargs: object) -> None:
        refresh_search_text([self.pk])


class EmailAddressFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = EmailAddress

    candidate = factory.SubFactory(CandidateFactory)
    address = factory.Sequence(lambda n: f"candidate{n}@example.com")
    normalized = factory.LazyAttribute(lambda row: row.address.lower())
    is_primary = True


class PhoneNumberFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PhoneNumber

    candidate = factory.SubFactory(CandidateFactory)
    number = factory.Sequence(lambda n: f"+49 30 901820{n % 100:02}")
    normalized = factory.LazyAttribute(lambda row: normalize_phone(row.number))


class ProfileLinkFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ProfileLink

    candidate = factory.SubFactory(CandidateFactory)
    url = factory.Sequence(lambda n: f"https://people.example/{n}")
    normalized = factory.LazyAttribute(lambda row: normalize_link(row.url))


class TagFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Tag

    name = factory.Sequence(lambda n: f"Tag {n}")
    normalized = factory.LazyAttribute(lambda row: fold(row.name))


class SkillFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Skill

    name = factory.Sequence(lambda n: f"Skill {n}")
    normalized = factory.LazyAttribute(lambda row: fold(row.name))


class NoteFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Note

    candidate = factory.SubFactory(CandidateFactory)
    body = "Spoke about moving to Lisbon."


class TaskFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Task

    candidate = factory.SubFactory(CandidateFactory)
    title = factory.Sequence(lambda n: f"Task {n}")


class TouchpointFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Touchpoint

    candidate = factory.SubFactory(CandidateFactory)
    kind = Touchpoint.Kind.CALL
    summary = factory.Sequence(lambda n: f"Call {n}")


class TalentPoolFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = TalentPool

    name = factory.Sequence(lambda n: f"Pool {n}")


class PoolMembershipFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PoolMembership

    pool = factory.SubFactory(TalentPoolFactory)
    candidate = factory.SubFactory(CandidateFactory)
