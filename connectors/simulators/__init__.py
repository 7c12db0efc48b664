"""Stand-ins for other systems, to try a set-up without an account: they keep state and enforce what those enforce."""
