"""Questions asked of the other apps' data."""
