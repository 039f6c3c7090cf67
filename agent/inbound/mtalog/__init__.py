"""The MTA's own log as a channel: its lines become evidence on our deliveries."""
