"""Templates, snippets and signatures: who may use and edit them, and which text a person gets."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from campaigns.models import Signature, Snippet, Step, Template, TemplateText, Visibility
from campaigns.services import rendering
from campaigns.services.languages import best_languages
from candidates.models import Candidate
from crm.accounts.models import User
from crm.audit.services import record
from crm.web.errors import DomainError


class NotYourTemplate(DomainError):
    def __init__(self, template: Template) -> None:
        super().__init__(f"“{template}” is edited by {template.owner or 'its owner'} alone.")


class TextRefused(DomainError):
    """A text that names what is no merge field is not saved."""


class NothingSaid(DomainError):
    def __init__(self) -> None:
        super().__init__("A template needs a text. Write one before saving.")


def templates_for(user: User) -> QuerySet[Template]:
    """Those that `user` may use: everybody's and their own."""
    found: QuerySet[Template] = Template.objects.filter(archived_at=None)
    return found.filter(~Q(visibility=Visibility.PERSONAL) | Q(owner=user))


def may_edit(template: Template, user: User) -> bool:
    return template.visibility == Visibility.SHARED or template.owner_id == user.pk


@dataclass(frozen=True, kw_only=True)
class TemplateDetails:
    """What one save of a template says, in one language ("": for everybody else)."""

    name: str
    folder: str = ""
    visibility: str = Visibility.SHARED
    language: str = ""
    subject: str = ""
    body: str = ""


@transaction.atomic
def save_template(template: Template | None, details: TemplateDetails, *, by: User) -> TemplateText:
    """Add a template, or a version of one. Saving what is there already makes no version."""
    _refuse_problems(details)
    if template is None:
        template = Template(owner=by)
    else:
        template = Template.objects.select_for_update(of=("self",), no_key=True).get(pk=template.pk)
        if not may_edit(template, by):
            raise NotYourTemplate(template)
    template.name, template.folder = details.name, details.folder.strip()
    template.visibility = details.visibility
    template.save()
    newest = template.texts.filter(language=details.language).order_by("-version").first()
    if newest and (newest.subject, newest.body) == (details.subject, details.body):
        return newest
    last: int = template.texts.aggregate(last=Max("version"))["last"] or 0
    text = TemplateText.objects.create(
        template=template,
        language=details.language,
        version=last + 1,
        subject=details.subject,
        body=details.body,
        created_by=by,
    )
    record("template.saved", template, by=by, version=text.version, language=details.language)
    return text


def _refuse_problems(details: TemplateDetails) -> None:
    if not details.body.strip():
        raise NothingSaid
    problems = [*rendering.check(details.subject), *rendering.check(details.body)]
    if problems:
        raise TextRefused(str(problems[0]))


@transaction.atomic
def archive_template(template: Template, *, by: User) -> Template:
    """Offer it no more. Steps that began with it keep their text."""
    if not may_edit(template, by):
        raise NotYourTemplate(template)
    template.archived_at = timezone.now()
    template.save(update_fields=["archived_at"])
    record("template.archived", template, by=by)
    return template


def newest_texts(template: Template) -> dict[str, TemplateText]:
    """The text that counts in each language, "" for everybody else."""
    texts = template.texts.order_by("language", "-version").distinct("language")
    return {text.language: text for text in texts}


def text_for(template: Template, candidate: Candidate | None = None) -> TemplateText:
    """What `candidate` gets: in one of the languages they speak best, if there is such a text; else the common one."""
    texts = newest_texts(template)
    if candidate and len(texts) > 1:
        for language in best_languages([candidate.pk]).get(candidate.pk, []):
            if language in texts:
                return texts[language]
    return texts.get("") or next(iter(texts.values()))


def translations_of(template: Template) -> list[tuple[str, str, str]]:
    """Its texts beside the common one, as language, subject and text."""
    return [
        (language, text.subject, text.body)
        for language, text in newest_texts(template).items()
        if language
    ]


def remember_origin(step: Step, template: Template | None) -> None:
    """Let a new step's mails count for the template that its text began as."""
    if template:
        step.template = template
        step.save(update_fields=["template"])


def snippets_for(user: User) -> QuerySet[Snippet]:
    found: QuerySet[Snippet] = Snippet.objects.filter(Q(owner=None) | Q(owner=user))
    return found


@transaction.atomic
def save_snippet(
    snippet: Snippet | None, *, name: str, body: str, is_personal: bool, by: User
) -> Snippet:
    problems = rendering.check(body)
    if problems:
        raise TextRefused(str(problems[0]))
    snippet = snippet or Snippet()
    snippet.name, snippet.body, snippet.owner = name, body, by if is_personal else None
    snippet.save()
    record("snippet.saved", snippet, by=by)
    return snippet


@transaction.atomic
def remove_snippet(snippet: Snippet, *, by: User) -> None:
    record("snippet.removed", snippet, by=by)
    snippet.delete()


@transaction.atomic
def sign(user: User, body: str) -> None:
    """Set how `user` signs; nothing to sign with their sender's name alone."""
    body = body.strip()
    if body:
        Signature.objects.update_or_create(user=user, defaults={"body": body})
    else:
        Signature.objects.filter(user=user).delete()
