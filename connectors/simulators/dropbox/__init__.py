"""A stand-in for Dropbox."""
