"""The content that each way takes: made once, stored, and the same at every attempt."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string

from adaptors.domain.notifications.notice_words import Words
from adaptors.models import NoticeMessage

CARD = "application/vnd.microsoft.card.adaptive"
NOWHERE = "notices.arhub"
"""Ends a Message-ID where the operator has not said where the hub is."""
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"


def mail(words: Words) -> dict[str, Any]:
    """Subject, text, and the same as HTML with every value escaped."""
    html = render_to_string("adaptors/notice_mail.html", {"words": words})
    return {"subject": words.subject, "text": f"{words.body}\n", "html": html}


def slack(words: Words) -> dict[str, Any]:
    """Slack reads & < > as the beginnings of links and mentions."""
    text = f"{words.subject}\n{words.body}"
    return {"text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}


def teams(words: Words) -> dict[str, Any]:
    lines = [line for line in words.body.splitlines() if line.strip()]
    blocks = [_block(words.subject, weight="Bolder"), *(_block(line) for line in lines)]
    actions = [{"type": "Action.OpenUrl", "title": "Open", "url": words.link}] if "://" in words.link else []
    card = {"$schema": SCHEMA, "type": "AdaptiveCard", "version": "1.4", "body": blocks, "actions": actions}
    return {"type": "message", "attachments": [{"contentType": CARD, "content": card}]}


def _block(text: str, **more: str) -> dict[str, Any]:
    """A card reads [text](address) as a link: no value makes one."""
    escaped = text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return {"type": "TextBlock", "text": escaped, "wrap": True, "spacing": "Small", **more}


def webhook(words: Words, message: NoticeMessage) -> dict[str, Any]:
    setting = message.setting
    data = {
        "activation": setting.activation_id, "level": setting.level, "tone": setting.tone, "message": message.kind,
        "subject": words.subject, "text": words.body, "link": words.link,
    }  # fmt: skip
    at = message.made_at.isoformat().replace("+00:00", "Z")
    return {"id": str(message.identity), "type": "notification", "timestamp": at, "data": data}


def packed(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()


def message_id(identity: UUID, place: str) -> str:
    """The Message-ID of a mail to one address: an id of its own for each, and the same at every attempt."""
    return f"<{identity.hex}.{place}@{urlsplit(settings.ADDRESS).hostname or NOWHERE}>"
