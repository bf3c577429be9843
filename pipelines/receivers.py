"""What changes elsewhere and ends something here."""
