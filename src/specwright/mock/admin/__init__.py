"""The control of a mock: ``/__admin/...``, for the namespace that a request names."""
