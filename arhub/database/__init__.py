"""Where the rows live: the embedded server, the roles, and the database backend."""
