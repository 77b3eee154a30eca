"""A mock for tests: started once, a namespace for each."""
