"""What a résumé says: read without Django, in a child process that can do nothing else (see `jail`)."""
