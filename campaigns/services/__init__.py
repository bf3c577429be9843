"""Everything that writes in campaigns: sequences, the people on them, and the outbox."""
