"""Which jobs a member may open, and with them whose candidacies; who may read what a job pays."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from crm.accounts.models import User
from crm.tenancy.models import Membership
from crm.tenancy.roles import ADMINS, RECRUITERS, Role
from crm.tenancy.scope import current_organization
from pipelines.models import Candidacy, Job, JobMember
from pipelines.queries.blinding import shown_to


def readable_jobs(membership: Membership) -> QuerySet[Job]:
    """The jobs that a member may open.

    Hiring managers see those whose team they are in; of the confidential ones the others see those that
    they own or work on, and admins all.
    """
    jobs: QuerySet[Job] = Job.objects.all()
    if membership.role in ADMINS:
        return jobs
    in_team = Exists(JobMember.objects.filter(job=OuterRef("pk"), user=membership.user_id))
    if membership.role == Role.HIRING_MANAGER:
        return jobs.filter(in_team)
    return jobs.filter(Q(is_confidential=False) | Q(owner=membership.user_id) | in_team)


def may_open(user: User, job: Job) -> bool:
    """Whether a colleague may be told of a job; one query, and only of a confidential one."""
    if not job.is_confidential:
        return True
    member = Membership.objects.filter(user=user, organization=current_organization()).first()
    return member is not None and readable_jobs(member).filter(pk=job.pk).exists()


def open_jobs(membership: Membership) -> QuerySet[Job]:
    """The jobs that a member can put people on, by title."""
    return readable_jobs(membership).exclude(status__in=Job.CLOSED).order_by("title", "pk")


def readable_candidacies(membership: Membership) -> QuerySet[Candidacy]:
    """The candidacies that a member is shown on the jobs that they may open."""
    candidacies: QuerySet[Candidacy] = Candidacy.objects.all()
    if membership.role in ADMINS:
        return candidacies
    return candidacies.filter(shown_to(membership), job__in=readable_jobs(membership))


def may_see_salary(job: Job, membership: Membership) -> bool:
    """Whether a member who may open the job reads what it pays."""
    if membership.role in ADMINS or job.owner_id == membership.user_id:
        return True
    seen_by = Job.SalaryVisibility(job.salary_seen_by)
    if seen_by == Job.SalaryVisibility.ADMINS:
        return False
    if membership.role in RECRUITERS:
        return True
    is_team = seen_by == Job.SalaryVisibility.TEAM
    return is_team and job.members.filter(user=membership.user_id).exists()


def users_in_roles(roles: Iterable[Role]) -> QuerySet[User]:
    """Members of the organization being acted in who have one of `roles`."""
    return User.objects.filter(
        is_active=True,
        memberships__organization=current_organization(),
        memberships__role__in=list(roles),
    ).order_by("name", "email")
