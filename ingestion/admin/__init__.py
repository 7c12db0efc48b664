"""The pages Ingestion, Upload File and File guide. Importing this registers them."""

from ingestion.admin import ingestions

__all__ = ["ingestions"]
