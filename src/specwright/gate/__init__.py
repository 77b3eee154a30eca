"""What makes the rules of a contract a gate: configuration, ignores, baseline, reports, provenance."""
