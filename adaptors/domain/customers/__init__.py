"""What holds for each customer: export rules, settings, and whether documents can go."""
