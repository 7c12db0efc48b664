"""Pages outside the admin site: signing in by a link, and what is shown when something went wrong."""
