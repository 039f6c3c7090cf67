"""Inward: from a mailbox to evidence in the ledger."""
