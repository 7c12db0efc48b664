"""The sync models of the Sage Network API."""
