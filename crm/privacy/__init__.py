"""The privacy engine over all apps: the data map, erasure, retention."""
