"""Navigation is data: the admin site's titles and menus."""

from __future__ import annotations

UNFOLD = {"SITE_TITLE": "AR Hub", "SITE_HEADER": "AR Hub"}
