"""The Sage Network API, served so that its public clients work unchanged."""
