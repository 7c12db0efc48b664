"""What queries give back: our records as the read models of the Sage Network API."""
