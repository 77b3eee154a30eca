"""Packages that Specwright generated from the contracts in specs/."""
