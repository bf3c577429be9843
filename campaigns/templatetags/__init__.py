"""Template tags of the campaigns pages."""
