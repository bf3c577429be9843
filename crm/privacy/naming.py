"""What reports and certificates call the kinds of rows that were erased: words for readers, not names of tables."""

from collections.abc import Mapping

from django.apps import apps

# Where the name of the model is one of the trade of programs.
WORDS = {
    "campaigns.CandidacyMail": "mails about a job",
    "campaigns.CarriedNotice": "notices that mails carried",
    "campaigns.Enrollment": "times on a sequence",
    "campaigns.Hold": "reasons why mail waited",
    "campaigns.Message": "mails",
    "campaigns.MessageEvent": "what providers said of mails",
    "campaigns.PersonalMail": "mails written for one person",
    "candidates.CandidateCustomValue": "values of your own fields",
    "candidates.CandidatePlace": "places on the map",
    "candidates.CandidatePreference": "wishes",
    "candidates.CandidateSkill": "skills of people",
    "candidates.CandidateTag": "tags on people",
    "candidates.CandidateWatch": "members who followed somebody",
    "candidates.Change": "earlier values",
    "candidates.Distinction": "decisions that two records are two people",
    "candidates.DuplicatePair": "possible duplicates",
    "candidates.Education": "education",
    "candidates.FormerId": "old addresses of merged records",
    "candidates.ImportRow": "rows of imported files",
    "candidates.MatchCheck": "comparisons still to be made",
    "candidates.MatchKey": "traces by which duplicates are found",
    "candidates.NoteReader": "readers of private notes",
    "campaigns.MailReader": "readers of private mails",
    "candidates.PersonMark": "look-ups of places and pools still to be made",
    "candidates.PoolDeparture": "departures from pools",
    "candidates.PoolExclusion": "exclusions from pools",
    "candidates.PoolMembership": "places in pools",
    "candidates.Proposal": "values that waited for a decision",
    "candidates.Resume": "résumés",
    "candidates.SearchMatch": "finds of saved searches",
    "candidates.Touchpoint": "entries of timelines",
    "candidates.WorkExperience": "work experience",
    "pipelines.Candidacy": "times considered for a job",
    "pipelines.CandidacyCustomValue": "values of your own fields, for a job",
    "pipelines.PoolPlace": "stages in pools",
    "pipelines.PoolStageChange": "moves between stages of pools",
    "pipelines.RuleRun": "acts of stage rules",
    "pipelines.StageChange": "moves between stages",
    "pipelines.Unblinding": "times that a name was uncovered",
}


def in_words(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """A run's counts, by model, as rows for readers; a model that is gone since keeps its label."""
    names = {model._meta.label: str(model._meta.verbose_name_plural) for model in apps.get_models()}
    words = names | WORDS
    return sorted(
        ((named := words.get(label, label))[:1].upper() + named[1:], count)
        for label, count in counts.items()
    )
