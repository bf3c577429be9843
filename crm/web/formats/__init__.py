"""How moments are written where no template says it: in Django's admin."""
