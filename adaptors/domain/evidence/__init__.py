"""Evidence of what went out: a bundle per transaction, which anybody can check without the hub."""
