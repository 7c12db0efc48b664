"""How fields of records become those of documents."""
