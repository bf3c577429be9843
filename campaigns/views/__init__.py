"""Pages of sequences, enrollments, mail and senders, by noun."""
