"""Interviews: when people have time, booking, mails and reminders."""
