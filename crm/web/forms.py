"""Forms look the same everywhere: one field template, errors tied to their fields."""

from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    """Renders each field through `includes/field.html` (label above, hint below, error next to it)."""

    form_template_name = "includes/form.html"
    field_template_name = "includes/field.html"
