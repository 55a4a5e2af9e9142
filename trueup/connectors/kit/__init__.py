"""What every connector shares: the contract, transport with the one retry policy, the call budget, field maps."""
