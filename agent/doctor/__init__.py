"""The doctor: tries every outside thing that the agent leans on, and says what to do.

Owns the examinations and their wording. Must not repair anything, and changes
nothing but one probe mail.
"""
