"""A small company on loopback whose people accept, bounce, delay, reply and go silent."""
