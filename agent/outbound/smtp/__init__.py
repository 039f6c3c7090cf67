"""The SMTP client: lines, flights, and replies matched to what they answer."""
