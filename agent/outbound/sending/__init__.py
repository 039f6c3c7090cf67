"""Working the outbox off: who goes when, by which way, and what is written down of it."""
