"""What happened in a demo organization so far: told through the services, then moved into the past."""

import random
from collections.abc import Sequence as Seq
from dataclasses import replace
from datetime import time, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from django.utils import timezone

from campaigns.models import Message, Sender, Sequence, Step
from campaigns.services import (
    delivering,
    dispatching,
    enrolling,
    library,
    senders,
    sequences,
    templating,
)
from candidates.models import Candidate, PrivacyNotice, TalentPool
from candidates.queries.notices import organization_day
from candidates.queries.search import ANY_READER, PeopleQuery, parse
from candidates.services import (
    contacts,
    informing,
    notes,
    pools,
    smart_pools,
    tasks,
)
from crm.accounts.models import User
from crm.runtime import answering
from crm.runtime.demo.arrivals import OLD_DAYS, bring_people
from crm.runtime.demo.hiring import JOBS, choose_people
from crm.runtime.demo.history import Chapter
from crm.runtime.demo.nurturing import nurture
from crm.runtime.demo.resumes import drop_resumes
from crm.runtime.models import MailboxMessage
from crm.tenancy.models import Organization
from crm.tenancy.roles import EDITORS, Role
from crm.tenancy.scope import acting_in
from pipelines.models import Job, Stage
from pipelines.services import candidacies, jobs

NOTES = (
    "Gave a good talk at a meetup in May. Ask about the migration.",
    "Wants to stay hands-on; notice period is three months.",
    "Knows two people of the platform team. Prefers mail over phone.",
    "Not before spring: a child is on the way. Ask again in March.",
    "Salary expectation is above the band, but open to talk about a four-day week.",
    "Strong in interviews, the team would take them at once.",
)
REPLIES = (
    "Thanks for writing! I am happy to talk, Thursday after four would work for me.",
    "That sounds interesting. Could you say more about the team and the on-call rotation?",
    "Not right now, but please ask me again after the summer.",
    "I have just started somewhere new, so no. All the best for your search!",
)
POOLS = (
    (
        "Platform engineers",
        "People who run things at night so that others sleep.",
        ("Site", "Backend"),
    ),
    ("Data people", "Engineers and scientists for the data team.", ("Data", "Machine")),
    ("Design circle", "Designers and product people we would love to work with.", ("Product",)),
    ("Care leadership", "Nurses who lead teams.", ("Nurse",)),
)
SMART_POOL = (
    "Engineers to write to",
    "Whoever builds things and can be written to; it fills itself.",
    "title:engineer contactable:yes",
)
INTRO = (
    "Hi {{ first_name | there }},\n\nI came across your work as {{ title | an engineer }} and thought of our team. "
    "We build the tools that others rely on, in small groups, with time to do it well.\n\n"
    "Would you have a quarter of an hour for a call next week?\n\nBest regards\n{{ sender_first_name }}"
)
GERMAN = (
    "Guten Tag {{ full_name }},\n\nIhre Arbeit als {{ title | Entwicklerin oder Entwickler }} ist mir aufgefallen. "
    "Unser Team baut die Werkzeuge, auf die sich andere verlassen.\n\n"
    "Hätten Sie nächste Woche eine Viertelstunde Zeit?\n\n{{ signature }}"
)
LATER = (
    "Hi {{ first_name | there }},\n\nthank you for telling me. I will leave you alone until then; "
    "may I ask what would have to change?\n\n{{ signature }}"
)
AFTER_TALK = (
    "Hi {{ first_name | there }},\n\nthank you for the talk. Here is {{ content.how_our_team_works }}, and "
    "{{ content.benefits_at_a_glance }}.\n\nShall we go on next week?\n\n{{ signature }}"
)
BENEFITS = (
    "Benefits at a glance\n\nA four-day week at full pay.\n30 days off, and the local holidays.\n"
    "Parents' leave: six months for everybody.\nA budget of your own for learning.\n"
)
FOLLOW_UP = (
    "Hi {{ first_name | there }},\n\njust a short follow-up to my last mail: are you open to a chat, "
    "or is the moment wrong? Either answer helps.\n\nBest regards\n{{ sender_first_name }}"
)
GOODBYE = (
    "Hi {{ first_name | there }},\n\nI will not write again about this, promised. If things change, "
    "one line is enough.\n\nAll the best\n{{ sender_first_name }}"
)


def tell_story(organization: Organization, *, people: int, seed: int) -> None:
    """Fill one organization. Sending happens through the outbox, outside any transaction."""
    Storyteller(organization, seed=seed).tell(people)


class Storyteller:
    """Holds the dice and the organization's people while its story is told."""

    def __init__(self, organization: Organization, *, seed: int) -> None:
        self.organization = organization
        self.seed = seed
        self.dice = random.Random(seed)  # noqa: S311 - invents a story, guards nothing
        members = list(organization.memberships.select_related("user").order_by("pk"))
        self.editors: list[User] = [row.user for row in members if row.role in EDITORS]
        self.managers: list[User] = [row.user for row in members if row.role == Role.HIRING_MANAGER]
        self.recruiter = self.editors[1] if len(self.editors) > 1 else self.editors[0]

    def tell(self, people: int) -> None:
        self.ages = bring_people(self.organization, people, editors=self.editors, seed=self.seed)
        with acting_in(self.organization):
            self.people = list(Candidate.objects.order_by("pk"))
            self.recent = [person for person in self.people if self.ages[person.pk] < OLD_DAYS]
            self.tell_of_sources()
            self.fill_pools()
            self.open_jobs()
            self.write_down()
            drop_resumes(self.recent, by=self.recruiter)
            self.keep_texts()
        self.run_sequences()
        # Afterwards: invitations need somebody who sends them.
        with acting_in(self.organization):
            choose_people(
                self.job,
                recruiter=self.recruiter,
                managers=self.managers,
                organization=self.organization,
            )
            nurture(self.pools[2], by=self.recruiter)

    def fill_pools(self) -> None:
        """Pools of people by their trade, and one that fills itself."""
        chapter = Chapter()
        self.pools = []
        for name, text, trades in POOLS:
            pool = pools.create_pool(
                by=self.recruiter, name=name, description=text, owner=self.recruiter
            )
            fitting = [
                person.pk for person in self.recent if any(t in person.headline for t in trades)
            ]
            pools.add_to_pool(pool, fitting[:60], by=self.recruiter, reason="Fits the purpose")
            self.pools.append(pool)
        self.keep_up_pool()
        chapter.close(self.ages)

    def keep_up_pool(self) -> None:
        """A pool that fills itself by a rule."""
        name, text, rule = SMART_POOL
        pool = pools.create_pool(
            by=self.recruiter,
            name=name,
            description=text,
            owner=self.recruiter,
            query=PeopleQuery(parse(rule, searcher=ANY_READER)),
            team="Engineering",
            target_size=60,
        )
        smart_pools.fill(pool)

    def tell_of_sources(self) -> None:
        """Whoever was added more than three weeks ago knows where the data came from; of the others some are due soon."""
        known = [pk for pk, days in self.ages.items() if days > 24]
        informing.note_told(known, how=PrivacyNotice.How.FIRST_MAIL, at=timezone.now())
        PrivacyNotice.objects.filter(candidate__in=known).update(told_at=F("stored_at"))
        for notice in PrivacyNotice.objects.filter(told_at=None):
            notice.due_on = informing.last_day(organization_day(notice.stored_at), None)
            notice.save(update_fields=["due_on"])

    def open_jobs(self) -> None:
        """Three jobs in different states, with people in every stage."""
        template = jobs.ensure_default_pipeline()
        engineer, data, nurse = (
            jobs.create_job(
                by=self.recruiter,
                title=title,
                template=template,
                place=place,
                openings=openings,
                owner=self.recruiter,
                managers=self.managers,
                opened_on=timezone.localdate() - timedelta(days=self.dice.randint(62, 90)),
                must=must,
                nice=nice,
            )
            for title, place, openings, must, nice in JOBS
        )
        self.job = engineer
        # How many in twelve go on from each stage: no two jobs run alike.
        for job, words, going_on in (
            (engineer, ("Backend", "Site"), 8),
            (data, ("Data", "Machine"), 7),
            (nurse, ("Nurse",), 9),
        ):
            fitting = [p for p in self.recent if any(w in p.headline for w in words)]
            self.fill_job(job, fitting[: 4 * going_on + 8], going_on=going_on)
        jobs.edit_job(nurse, by=self.recruiter, status=Job.Status.ON_HOLD)

    def fill_job(self, job: Job, people: Seq[Candidate], *, going_on: int) -> None:
        chapter = Chapter()
        candidacies.add_to_job(job, [person.pk for person in people], by=self.recruiter)
        age = {person.pk: min(self.ages[person.pk] - 1, 60) for person in people}
        chapter.close(age)
        stages = list(job.pipeline.stages.order_by("position"))
        still_going = list(job.candidacies.select_related("candidate", "stage", "job__pipeline"))
        for stage in stages[1:-1]:
            still_going = still_going[: max(1, len(still_going) * going_on // 12)]
            chapter = Chapter()
            for candidacy in still_going:
                candidacies.move_card(candidacy, to=stage, by=self.recruiter)
            age = {pk: days * self.dice.uniform(0.5, 0.8) for pk, days in age.items()}
            chapter.close(age)
            if stage.position >= 4 and stage.kind != Stage.Kind.HIRED and len(still_going) > 2:
                candidacies.move_card(still_going.pop(), to=stages[-1], by=self.recruiter)

    def write_down(self) -> None:
        """Notes, calls and tasks, some of them overdue."""
        chapter = Chapter()
        chosen = self.dice.sample(self.recent, k=len(self.recent) // 3)
        today = timezone.localdate()
        for number, person in enumerate(chosen):
            author = self.dice.choice(self.editors)
            if number % 3:
                notes.add_note(
                    person, body=self.dice.choice(NOTES), by=author, is_private=number % 11 == 0
                )
            else:
                contacts.log_contact(
                    person,
                    kind="call",
                    summary="Talked on the phone",
                    body=self.dice.choice(NOTES),
                    by=author,
                )
            if number % 6 == 0:
                tasks.add_task(
                    title=self.dice.choice(
                        ("Send the job description", "Call back", "Ask for a portfolio")
                    ),
                    candidate=person,
                    assignee=author,
                    due_on=today + timedelta(days=self.dice.randint(-3, 9)),
                    by=author,
                )
        chapter.close(
            {
                person.pk: self.dice.uniform(0.1, 0.9) * min(self.ages[person.pk], 120)
                for person in chosen
            }
        )

    def run_sequences(self) -> None:
        """Sequences in every state. Two have run for real: mails went out, some people answered."""
        with acting_in(self.organization):
            chapter = Chapter()
            always = self.sender(always=True)
            platform = self.sequence("Platform engineers, first contact", always)
            care = self.sequence("Care leadership, spring", always)
            self.sequence("Conference follow-up (draft)", self.sender(always=False), activate=False)
            self.enroll(platform, self.pools[0], 30)
            self.enroll(care, self.pools[3], 12)
        self.send_and_answer(chapter, days_ago=6)
        with acting_in(self.organization):
            chapter = Chapter()
            sequences.pause_sequence(care, by=self.recruiter)
            design = self.sequence("Design circle, hello", always)
            self.enroll(design, self.pools[2], 8)
        self.send_and_answer(chapter, days_ago=0.05)
        with acting_in(self.organization):
            done = self.sequence("Open house 2025", always)
            sequences.archive_sequence(done, by=self.recruiter)

    def sender(self, *, always: bool) -> Sender:
        """`always`: writes at any hour, so that whoever tries Rapport at night sees mail go out."""
        user = self.recruiter if always else None
        details = senders.SenderDetails(
            name=user.name if user else f"{self.organization.name} talent team",
            address=user.email if user else f"talent@{self.organization.slug}.example",
            user=user,
            daily_cap=500 if always else 80,
            time_zone=self.organization.time_zone,
        )
        if always:
            details = replace(
                details, window_days=range(7), window_start=time(0), window_end=time(0)
            )
        return senders.add_sender(details, by=self.recruiter)

    def sequence(self, name: str, sender: Sender, *, activate: bool = True) -> Sequence:
        sequence = sequences.create_sequence(name=name, sender=sender, by=self.recruiter)
        for details in (
            sequences.StepDetails(Step.Kind.MAIL, 0, "A team you might like", INTRO),
            sequences.StepDetails(Step.Kind.MAIL, 3, "", FOLLOW_UP),
            sequences.StepDetails(Step.Kind.TASK, 2, task_title="Call, if there is a number"),
            sequences.StepDetails(Step.Kind.MAIL, 5, "", GOODBYE),
        ):
            sequences.add_step(sequence, details, by=self.recruiter)
        if activate:
            sequences.activate_sequence(sequence, by=self.recruiter)
        return sequence

    def keep_texts(self) -> None:
        """What the recruiter writes often: templates in a folder, one in two languages, and a snippet."""
        first = templating.TemplateDetails(
            name="First mail", folder="Engineers", subject="A team you might like", body=INTRO
        )
        template = templating.save_template(None, first, by=self.recruiter).template
        german = replace(first, language="de", subject="Ein Team, das passen könnte", body=GERMAN)
        templating.save_template(template, german, by=self.recruiter)
        self.fill_library()
        talk = templating.TemplateDetails(
            name="After a first talk", folder="Engineers", subject="As promised", body=AFTER_TALK
        )
        templating.save_template(None, talk, by=self.recruiter)
        later = templating.TemplateDetails(name="See you later", folder="Answers", body=LATER)
        templating.save_template(None, later, by=self.recruiter)
        templating.save_snippet(
            None,
            name="Four-day week",
            body="We offer a four-day week to everybody, at full pay.",
            is_personal=False,
            by=self.recruiter,
        )
        templating.sign(self.recruiter, f"{self.recruiter.name}\n{self.organization.name}")

    def fill_library(self) -> None:
        """What mails may show: two pages of the team's, and a sheet."""
        for details in (
            library.ItemDetails(
                title="How our team works",
                url="https://www.example.com/team",
                description="Good for engineers who ask about pairing, reviews and calls at night.",
                tags=("Team", "Engineering"),
            ),
            library.ItemDetails(
                title="Talk: growing without meetings",
                url="https://www.example.com/talks/growing",
                tags=("Engineering",),
            ),
        ):
            library.add_item("link", details, by=self.recruiter)
        benefits = library.ItemDetails(
            title="Benefits at a glance",
            description="One page: pay, days off, parents' leave.",
            tags=("Offer",),
            upload=SimpleUploadedFile("benefits.txt", BENEFITS.encode()),
        )
        library.add_item("file", benefits, by=self.recruiter)

    def enroll(self, sequence: Sequence, pool: TalentPool, count: int) -> None:
        ids = pool.memberships.order_by("pk").values_list("candidate_id", flat=True)[:count]
        enrolling.enroll(sequence, list(ids), by=self.recruiter, despite_contact=True)

    def send_and_answer(self, chapter: Chapter, *, days_ago: float) -> None:
        """Send what is due through the outbox into the local mailbox; let some of the people answer."""
        ours = MailboxMessage.objects.filter(organization_slug=self.organization.slug)
        newest = ours.order_by("-pk").values_list("pk", flat=True).first() or 0
        dispatching.dispatch(self.organization)
        while delivering.deliver_due(self.organization, limit=500).states.total():
            pass
        # Not as they went out: who answers what is the same each time.
        mails = list(ours.filter(pk__gt=newest).order_by("to_address", "pk"))
        with acting_in(self.organization):
            everyone = set(
                Message.objects.exclude(candidate=None).values_list("candidate_id", flat=True)
            )
            chapter.close(dict.fromkeys(everyone, days_ago))
            MailboxMessage.objects.filter(pk__in=[mail.pk for mail in mails]).update(
                received_at=timezone.now() - timedelta(days=days_ago)
            )
            chapter = Chapter()
        for number, mail in enumerate(mails):
            match number % 10:
                case 0 | 5:
                    answering.reply(mail, self.dice.choice(REPLIES))
                case 3 if number > 10:
                    answering.answer_out_of_office(mail)
                case 7 if number > 10:
                    answering.unsubscribe(mail)
                case 9 if number > 20:
                    answering.bounce(mail)
        with acting_in(self.organization):
            chapter.close({pk: self.dice.uniform(0.2, 0.9) * days_ago for pk in sorted(everyone)})
