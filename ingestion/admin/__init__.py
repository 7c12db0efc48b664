"""The pages Ingestion, Upload File, Mapping profiles and File guide. Importing this registers them."""

from ingestion.admin import ingestions, profiles

__all__ = ["ingestions", "profiles"]
