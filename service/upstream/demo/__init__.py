"""The demo provider: a vendor inside the process, for trying routing and clients without any key."""

BASE_URL = "http://demo.invalid/v1"
"""Answered inside the process (`transport`); the name resolves nowhere else, by RFC 6761."""
