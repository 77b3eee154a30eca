"""What a generated server stands on: the contract enforced on every request and response.

Nothing is imported here, so that generated models load without the server.
"""
