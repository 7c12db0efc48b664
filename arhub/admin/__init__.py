"""The admin site. One module per thing; importing them registers their pages."""
