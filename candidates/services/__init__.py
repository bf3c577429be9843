"""Every write about candidates that has a rule in it."""
