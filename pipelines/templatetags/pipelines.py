"""Small signs of stages: `{% stage_ring stage %}`, `{{ stage|stage_hue }}`."""

from django import template
from django.utils.safestring import SafeString

from crm.web.templatetags.web import ring
from pipelines.models import Stage

register = template.Library()

HUES = {
    Stage.Kind.SCREEN: "hue-6",
    Stage.Kind.INTERVIEW: "hue-7",
    Stage.Kind.OFFER: "hue-4",
    Stage.Kind.HIRED: "hue-2",
    Stage.Kind.REJECTED: "",
}
LEAD_HUES = ("hue-5", "hue-1", "hue-2")


@register.filter
def stage_hue(stage: Stage) -> str:
    """The color class of a stage's kind; leads change theirs from stage to stage."""
    if stage.kind == Stage.Kind.LEAD:
        return LEAD_HUES[min(stage.position, len(LEAD_HUES) - 1)]
    return HUES[Stage.Kind(stage.kind)]


@register.simple_tag
def stage_ring(stage: Stage) -> SafeString:
    """A ring that fills with each stage; full for hired, empty for rejected."""
    if stage.kind == Stage.Kind.HIRED:
        filled = 100.0
    elif stage.kind == Stage.Kind.REJECTED:
        filled = 0.0
    else:
        filled = 100 * (1 - 0.75**stage.position)
    return ring(filled, stage_hue(stage))
