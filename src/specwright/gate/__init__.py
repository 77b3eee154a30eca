"""What makes a gate of the reading of contracts: what is refused, what is accepted, how it is told."""
