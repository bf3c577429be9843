"""Site-level addresses for people without an account; the token in each is the credential."""

from django.urls import URLPattern, path

from pipelines.views import public_interviews, public_reviews, referrals

Addresses = tuple[list[URLPattern], str]

booking: Addresses = ([path("<str:token>/", public_interviews.booking, name="page")], "booking")
calendar: Addresses = (
    [path("<str:token>.ics", public_interviews.calendar_feed, name="feed")],
    "calendar",
)
review: Addresses = ([path("<str:token>/", public_reviews.review, name="page")], "review")
refer: Addresses = (
    [
        path("status/<str:token>/", referrals.status, name="status"),
        path("<str:token>/", referrals.refer, name="form"),
    ],
    "refer",
)
