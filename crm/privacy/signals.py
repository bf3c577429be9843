"""What happens here that the parts above may need to know."""

from django.dispatch import Signal

# Sent with `addresses` (e-mail addresses, lower case), in the transaction that erases their people.
candidates_erased = Signal()
