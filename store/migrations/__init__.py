"""The schema's history. HEAD is the version that this program works with.

Owns the migrations. A test holds HEAD equal to the newest file in versions/,
and the result of all of them equal to store.tables.
"""

__all__ = ["HEAD"]

HEAD = "0011"
