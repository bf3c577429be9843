"""What keeps an interview from being arranged, booked, moved or answered, in sentences for whoever asked."""

from collections.abc import Iterable

from crm.web.errors import DomainError
from pipelines.models import Interview
from pipelines.services.interviews.wording import days_in_words, moment_in


class TimeTaken(DomainError):
    """Somebody was faster, or the time is not offered."""

    def __init__(self) -> None:
        super().__init__("This time is no longer free. Please choose another one.")


class InterviewGone(DomainError):
    def __init__(self) -> None:
        super().__init__("This interview was cancelled or is over. Nothing was changed.")


class ChangedMeanwhile(DomainError):
    """Somebody else changed it since the page was drawn."""

    def __init__(self, interview: Interview) -> None:
        self.edition = interview.edition
        when = (
            f" It is set for {moment_in(interview.starts_at, interview.time_zone)} now."
            if interview.starts_at
            else ""
        )
        super().__init__(
            f"This interview was changed meanwhile, by a colleague or by the candidate.{when} "
            "Nothing was moved; save again to set your time instead."
        )


class Busy(DomainError):
    """An interviewer has another interview at that time."""

    def __init__(self, names: Iterable[str], moment: str) -> None:
        super().__init__(
            f"{', '.join(names)} already has an interview then ({moment}). Choose another time."
        )


class TimePassed(DomainError):
    def __init__(self) -> None:
        super().__init__("This time has passed. Choose one that is to come.")


class NobodyInterviews(DomainError):
    def __init__(self) -> None:
        super().__init__("Choose at least one interviewer.")


class NoTimeToChoose(DomainError):
    """The candidate would be asked to choose among nothing."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(
            "There is no free time to choose from: all of them have to offer it, within the days and hours below "
            f"({', '.join(names)}). Set a time yourself, or let them offer some first."
        )


class NoTimeLeft(DomainError):
    """A new link would show the candidate an empty page."""

    def __init__(self, interview: Interview, names: Iterable[str]) -> None:
        super().__init__(
            "No new link was sent: there is no free time to choose from in the next "
            f"{days_in_words(interview.days_ahead)} ({', '.join(names)}). Set a time yourself, or let them offer "
            "some first."
        )


class NotYetOver(DomainError):
    def __init__(self) -> None:
        super().__init__("The interview has not begun yet: nobody has missed it.")


class SomebodyElseAnswers(DomainError):
    def __init__(self) -> None:
        super().__init__("Each interviewer answers for themselves.")
