"""Sequences, the outbox, and what comes back."""
