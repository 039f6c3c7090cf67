"""Everything that acts: intake, sending, watching, correlating, reporting, the commands."""
