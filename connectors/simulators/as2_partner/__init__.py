"""A partner to exchange AS2 messages with."""
