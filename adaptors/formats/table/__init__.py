"""CSV and XLSX, with columns that people choose."""
