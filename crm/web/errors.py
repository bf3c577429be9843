"""The one kind of error whose sentence is shown to the user."""


class DomainError(Exception):
    """An action that was refused by a rule. Its text is a sentence for the user: what, and what to do.

    Raised by services; answered by DomainErrorMiddleware with 409 where no view catches it.
    """
