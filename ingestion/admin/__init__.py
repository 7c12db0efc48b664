"""The pages of loads and of what is expected: Ingestion, Upload File, Expected arrivals, Mapping profiles, File guide.
Importing this registers them."""

from ingestion.admin import arrivals, ingestions, profiles

__all__ = ["arrivals", "ingestions", "profiles"]
