"""A partner to test against: the generated servers, with handlers that answer from the contract."""
