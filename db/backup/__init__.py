"""Backup: dumps with what they hold written beside them, restores that are compared with it."""
