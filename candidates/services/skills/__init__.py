"""What people can do: the list that Rapport brings, the organization's own words, and what is still unknown."""
