"""Finding where the towns of people's records are: derived rows, never written back into a record."""

from collections.abc import Iterable

from django.db import transaction

from candidates.models import Candidate, CandidatePlace
from candidates.services.gazetteer import find_place
from crm.tenancy.bulk import among, insert_rows


@transaction.atomic
def place_people(candidate_ids: Iterable[int]) -> int:
    """Look up the towns of these people where they changed: three statements. Returns how many were found anew."""
    ids = list(candidate_ids)
    said = {
        pk: f"{city}, {country}"[:130]
        for pk, city, country in Candidate.objects.filter(pk__in=among(ids))
        .order_by()
        .values_list("pk", "city", "country")
    }
    held = dict(
        CandidatePlace.objects.filter(candidate__in=among(ids)).values_list("candidate", "place")
    )
    changed = [pk for pk in ids if held.get(pk) != said.get(pk)]
    CandidatePlace.objects.filter(candidate__in=among(changed)).delete()
    found = []
    for pk in dict.fromkeys(changed):
        city, _, country = said.get(pk, "").rpartition(", ")
        if city and (place := find_place(city, country)):
            found.append((pk, said[pk], place))
    if found:
        insert_rows(
            CandidatePlace,
            {
                "candidate_id": [pk for pk, _, _ in found],
                "place": [words for _, words, _ in found],
                "name": [place.name for _, _, place in found],
                "country": [place.country for _, _, place in found],
                "latitude": [place.latitude for _, _, place in found],
                "longitude": [place.longitude for _, _, place in found],
                "time_zone": [place.time_zone for _, _, place in found],
            },
            ignore_conflicts=True,
        )
    return len(found)
