"""Résumés on their way: stored, read in the jail, matched, reviewed, kept as versions, forgotten."""
