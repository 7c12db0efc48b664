"""Django's PostgreSQL backend, which tells each transaction its tenant and changes tables as their owner."""
