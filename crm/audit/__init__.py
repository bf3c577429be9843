"""Who did or saw what, when, from where: append-only."""
