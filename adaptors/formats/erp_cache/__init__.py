"""Invoice history of ERP Cache."""
