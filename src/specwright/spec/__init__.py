"""What the author of a contract wrote: read, resolved, checked, and said in OpenAPI 3.1.

Nothing is imported here, so that servers load without what reads and checks contracts.
"""
