"""What a member wants to be told of."""

from typing import Any

from django import forms

from candidates.models import Notification, NotificationChoice


class DeliveryForm(forms.Form):
    """One choice for each kind of notification."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in Notification.Kind:
            self.fields[kind.value] = forms.ChoiceField(
                label=kind.label, choices=NotificationChoice.Delivery.choices
            )
