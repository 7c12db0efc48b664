"""A stand-in for the XML gateway of Sage Intacct: see README.md."""
