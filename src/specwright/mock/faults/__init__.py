"""Trouble on purpose: errors, delays, broken connections, spoilt answers."""
