"""Outward: from an accepted notice to one SMTP transaction per recipient."""
