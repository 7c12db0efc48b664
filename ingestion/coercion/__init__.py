"""Coercion: a column of cells as a reader gives them becomes what PostgreSQL takes, or a reason why not."""

from __future__ import annotations

from arhub.formulas import guard_formula
from ingestion.coercion.columns import coerce
from ingestion.coercion.copy_text import copy_rows
from ingestion.coercion.reading import Reading
from ingestion.coercion.survey import Survey, evidence, needs_survey

__all__ = ["Reading", "Survey", "coerce", "copy_rows", "evidence", "guard_formula", "needs_survey"]
