"""Hiring managers' answers about the shortlisted: links, blind pages, decisions."""
