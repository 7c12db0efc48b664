"""What partners answer: taken in, matched, expected."""
