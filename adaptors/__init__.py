"""What goes out: adaptors, from the catalogue to a valid document, per customer."""
