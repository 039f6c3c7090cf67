"""Logins without a password: access tokens, fetched, kept and renewed."""
