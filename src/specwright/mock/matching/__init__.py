"""Requests that match a pattern, as WireMock has them."""
