"""Reading a backlog in a second process."""
