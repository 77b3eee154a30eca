"""Whether a changed contract breaks those who use it.

Requests may only widen, responses may only narrow. Schemas are sets of values, so every comparison is one question:
is each value of this one a value of that one? What cannot be decided is said to be undecided, never to be fine.
"""
