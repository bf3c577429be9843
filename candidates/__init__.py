"""The people we may hire, and what we know of them."""
