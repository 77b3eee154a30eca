"""What a mock answers where no partner says otherwise: from the contract, its examples, chance, and resources inferred from paths."""
