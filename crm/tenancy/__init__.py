"""Tenants never meet: organizations, memberships, and the three walls between them."""
