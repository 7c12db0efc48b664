"""Documents on their way to customers: selected, stored, handed over, followed, steered."""
