"""The formats in which documents go out, one package each."""
