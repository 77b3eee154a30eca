"""Proof that a server keeps its contract: cases, verdicts, evidence. It asks; ``cli`` prints."""
