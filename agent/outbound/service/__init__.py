"""Mail services by their HTTP APIs, through django-anymail: one call for each letter."""
