"""Composing: from a notice to the message of one recipient, token in every place."""
