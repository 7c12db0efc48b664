"""A stand-in for Dinero."""
