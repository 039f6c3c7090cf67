"""Bytes to frozen values: everything that reads mail, and nothing that acts on it."""
