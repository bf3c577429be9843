"""Runs Rapport on one machine: embedded servers, local mailbox, health."""
