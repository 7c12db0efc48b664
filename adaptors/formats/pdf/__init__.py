"""A page that people read."""
