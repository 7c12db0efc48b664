"""The outside world behind one Connection: what knows other systems, and what goes on between them and the hub."""
