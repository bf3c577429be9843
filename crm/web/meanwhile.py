"""Forms that two people may have open at once: the second to save loses nothing, and overwrites nothing unseen."""

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.files import File
from django.db.models import Model
from django.utils.text import Truncator, get_text_list

SEEN = "seen"


class SeenField(forms.CharField):
    """What the fields held when the page was drawn: nothing that anybody has typed."""

    widget = forms.HiddenInput

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class TogetherField(forms.CharField):
    """A list, one value a line: what two people add to it at once can stand side by side. The order counts."""

    def together(self, sent: str, held: list[str]) -> str:
        """What was sent, followed by what is there and was not sent."""
        lines = [line.strip() for line in (sent or "").splitlines()]
        mine = {line.casefold() for line in lines}
        return "\n".join([*lines, *(line for line in held if line.casefold() not in mine)])


class MeanwhileMixin(forms.BaseForm):
    """Before a form's other base: it carries what its fields held when the page was drawn.

    Where somebody else has saved something else since, it is invalid once: fields that were left alone then show
    what is there now, and at those that both have changed stands what the other wrote. To be sure, lock what is
    edited before the form is made.
    """

    # Two such forms on one page call it differently.
    seen_name = SEEN

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.edits_something():
            self.fields[self.seen_name] = SeenField(required=False)
            # Asked for when it is drawn: forms add to their fields and values until then.
            self.initial[self.seen_name] = lambda: _written(self._held())

    def edits_something(self) -> bool:
        """Whether what the form describes is there already, for others to edit."""
        return bool(self.instance.pk)  # type: ignore[attr-defined]

    def watched(self) -> list[str]:
        """The fields that others may have changed meanwhile."""
        return [name for name in self.fields if name != self.seen_name]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data  # type: ignore[misc]
        seen, now = _read(cleaned.pop(self.seen_name, "")), self._held()
        if seen:
            # A field that was added meanwhile, such as the text in another language, was empty.
            seen = {name: _digest("") for name in now} | seen
        given = {name: self._digest_of(name, value) for name, value in cleaned.items()}
        news = {
            name
            for name, before in seen.items()
            if name in now and now[name] not in (before, given.get(name))
        }
        if news:
            self._show_both(news, {name for name in news if given.get(name) != seen[name]})
            self._send(self.seen_name, [_written(now)])
        return cleaned

    def value_held(self, field: forms.Field, name: str) -> Any:
        """What a field holds now. A form that begins with something else, such as an old text, says what counts."""
        return self.get_initial_for_field(field, name)

    def _held(self) -> dict[str, str]:
        """A digest of what each field holds in the database."""
        return {
            name: self._digest_of(name, self.value_held(self.fields[name], name))
            for name in self.watched()
        }

    def _digest_of(self, name: str, value: Any) -> str:
        if isinstance(self.fields.get(name), TogetherField):
            value = "\n".join(value or [])
        return _digest(value)

    def _show_both(self, news: set[str], both: set[str]) -> None:
        for name in sorted(news - both):
            self._take_over(name)
        labels = [str(self[name].label) for name in self.fields if name in news]
        self.add_error(
            None,
            f"Somebody else has saved this meanwhile: {get_text_list(labels, 'and')} changed. What you left alone "
            "now shows what they wrote; what you typed is kept. Look at it, and save again.",
        )
        for name in both:
            words = self._in_words(name)
            advice = "Save again to keep yours."
            if self._put_together(name):
                advice = "Both stand here now: take out what is wrong, and save again."
            self.add_error(
                name,
                f"Meanwhile somebody else has {f'written “{words}”' if words else 'emptied this'}. {advice}",
            )

    def _put_together(self, name: str) -> bool:
        """Let a list hold what both have written; whether anything had to be added for that."""
        field = self.fields[name]
        if not isinstance(field, TogetherField):
            return False
        sent = self[name].data or ""
        both = field.together(sent, self.value_held(field, name) or [])
        if both.splitlines() == [line.strip() for line in sent.splitlines()]:
            return False
        self._send(name, [both])
        return True

    def _take_over(self, name: str) -> None:
        """Let the bound form show what is there instead of what was sent."""
        field = self.fields[name]
        held = field.prepare_value(self.value_held(field, name))
        if isinstance(field, forms.BooleanField):
            values = ["on"] if held else []
        elif isinstance(held, list | tuple):
            values = [str(value) for value in held]
        else:
            shown = field.widget.format_value(held)
            values = [str(one) for one in (shown if isinstance(shown, list) else [shown or ""])]
        self._send(name, values)

    def _send(self, name: str, values: list[str]) -> None:
        """As if the browser had sent these for the field."""
        data: Any = self.data
        data = data.copy()
        data.setlist(self.add_prefix(name), values)
        self.data = data

    def _in_words(self, name: str) -> str:
        field = self.fields[name]
        held = field.prepare_value(self.value_held(field, name))
        if isinstance(field, forms.BooleanField):
            return "yes" if held else "no"
        values = held if isinstance(held, list | tuple) else [held]
        if isinstance(field, forms.ChoiceField):
            choices: Any = field.choices
            labels = {str(value): str(label) for value, label in choices}
            values = [labels.get(str(value), "") for value in values if value not in (None, "")]
        words = ", ".join(str(value) for value in values if value not in (None, ""))
        return Truncator(words).chars(80)


def _digest(value: Any) -> str:
    """The same for what a field held and what was sent for it, where nobody has changed it."""
    return hashlib.blake2b(repr(_plain(value)).encode(), digest_size=6).hexdigest()


def _plain(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, Model):
        return str(value.pk)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    if isinstance(value, File):
        return f"new: {value.name}"
    if hasattr(value, "url"):
        # A file that is there: another one may have the same name.
        return str(value.url)
    if isinstance(value, Iterable):
        return sorted(_plain(one) for one in value)
    return str(value)


def _written(held: dict[str, str]) -> str:
    return " ".join(f"{name}:{digest}" for name, digest in held.items())


def _read(seen: str) -> dict[str, str]:
    pairs = (word.partition(":") for word in seen.split())
    return {name: digest for name, _, digest in pairs}
