"""HTML on paper: what weasyprint does, without a network, without files, and the same each time."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.template import Context, Engine

from adaptors.formats.base import Problem, Unsayable
from adaptors.formats.document import Attachment

_HERE = Path(__file__).resolve().parent
_ENGINE = Engine(dirs=[str(_HERE)], autoescape=True)
_ARCHIVED = "pdf/a-3u"


def printed(context: dict[str, Any]) -> str:
    """The page as HTML. What stands in the context is text, and is escaped."""
    return _ENGINE.get_template("invoice.html").render(Context(context, use_l10n=False, use_tz=False))


def as_pdf(html: str, attachments: Sequence[Attachment], day: date, *, archived: bool) -> bytes:
    """`day` is the date that the file and what is embedded in it have. Raises `Unsayable` where the machine lacks what
    weasyprint needs."""
    weasyprint = _weasyprint()
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=("data",))
    made = datetime(day.year, day.month, day.day, tzinfo=UTC)
    embedded = [
        weasyprint.Attachment(
            file_obj=io.BytesIO(one.content), name=one.name, description=one.description, created=made, modified=made,
            relationship="Alternative" if one.is_alternative else "Supplement", url_fetcher=fetcher,
        )
        for one in attachments
    ]  # fmt: skip
    content: bytes = weasyprint.HTML(string=html, url_fetcher=fetcher).write_pdf(
        attachments=embedded, pdf_variant=_ARCHIVED if archived else None,
        finisher=_name_each_once, pdf_identifier=hashlib.sha256(html.encode()).hexdigest()[:32].encode(),
    )  # fmt: skip
    return content


def _name_each_once(document: Any, pdf: Any) -> None:
    """weasyprint lists what it embeds twice in the catalogue of a PDF/A-3."""
    if "AF" in pdf.catalog:
        pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])


def _weasyprint() -> Any:
    """Imported only when a page is printed: it is an extra, and needs a library of the system."""
    try:
        import weasyprint
    except ImportError:
        raise Unsayable(
            Problem("PDFs need weasyprint, which is not installed: run pip install 'arhub[pdf]'.")
        ) from None
    except OSError:
        packages = "libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0"
        text = f"PDFs need Pango, which this machine has not: install {packages} (Debian, Ubuntu) or pango."
        raise Unsayable(Problem(text)) from None
    return weasyprint
