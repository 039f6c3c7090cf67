"""Asking recipients' own mailboxes what became of a mail, where the team administers them."""
