"""What happened: entries of a journal, log lines, metrics; without secrets and patient data."""
