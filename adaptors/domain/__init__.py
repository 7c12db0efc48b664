"""What adaptors do: plain functions, called by screens, runs and programs."""
