"""One message taken apart: header, parts, texts, and the mail that it returns.

The only room that knows MIME and its library. Must not know what any of it means.
"""
