"""Who signs in: users, their passwords and second factors."""
