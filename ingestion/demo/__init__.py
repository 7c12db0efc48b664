"""A company that does not exist, with a year of believable business, loaded through the engine like anyone's files."""
