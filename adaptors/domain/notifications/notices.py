"""Telling people: one message for one cause, a recovery after it, or a digest of a period.

Entries are gathered into notices each minute, setting by setting. Whoever looks at a setting holds its row, so that two
sweepers make one message, and not its key, so that no event waits for them; what is sent is stored in the same
transaction. A first message waits for `GRACE`, so that it says how many documents a cause has by then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from adaptors.domain.notifications import notice_messages, notice_recovery
from adaptors.domain.notifications.notice_channel import KEPT_DAYS
from adaptors.domain.notifications.notice_words import MOST_NUMBERS, digest, facts_of, recovery, worded
from adaptors.domain.notifications.notification_kinds import Tone
from adaptors.models import Notice, NoticeEntry, NoticeMessage, NotificationSetting
from arhub.domain.due_times import moments, zone_of
from arhub.domain.each import each_in_scope
from arhub.models import Tenant
from arhub.tenancy.scope import scope_all

GRACE = timedelta(minutes=1)
MOST = 5_000
"""Entries that are gathered at once."""
SLICE = 1_000
Kind, When = NoticeMessage.Kind, NotificationSetting.When


def sweep() -> int:
    """Look at every setting that may have something to tell. Returns how many messages were made."""
    with scope_all("find what there is to tell"):
        new = NoticeEntry.objects.filter(setting=OuterRef("pk"), tenant=OuterRef("tenant"), notice=None)
        to_do = Notice.objects.filter(setting=OuterRef("pk"), tenant=OuterRef("tenant"), is_done=False)
        rows = NotificationSetting.objects.filter(Exists(new) | Exists(to_do)).order_by("tenant_id", "pk")
        found = list(rows.values_list("tenant_id", "pk"))
    return each_in_scope(found, look_at, "Notifications")


def look_at(pk: int) -> int:
    """Gather what is new of a setting, and tell what is due. Nothing, while somebody else does so."""
    rows = NotificationSetting.objects.select_related("activation", "connection")
    setting = rows.select_for_update(of=("self",), skip_locked=True, no_key=True).filter(pk=pk).first()
    if setting is None:
        return 0
    if not setting.is_on:
        return _forget(setting)
    while _gather(setting) == MOST:
        pass
    notices = list(setting.notices.filter(is_done=False).order_by("opened_at", "pk"))
    for notice in notices:
        notice.setting = setting
        if setting.tone == Tone.NEGATIVE:
            _close(notice)
    if setting.when == When.AT_ONCE:
        return sum(_tell(notice) for notice in notices)
    return _tell_digest(setting, notices)


def _forget(setting: NotificationSetting) -> int:
    """It was switched off: what is open is told to nobody."""
    setting.entries.filter(notice=None).delete()
    setting.notices.filter(closed_at=None).update(closed_at=timezone.now())
    setting.notices.filter(is_done=False).update(is_done=True)
    return 0


def _gather(setting: NotificationSetting) -> int:
    """Put entries to the notice of their cause that is open, or to a new one."""
    entries = list(setting.entries.filter(notice=None).order_by("pk")[:MOST])

    def of(entry: NoticeEntry) -> tuple[str, int]:
        return entry.cause, entry.audience or 0

    for (cause, audience), found in groupby(sorted(entries, key=of), of):
        _add(setting, cause, audience or None, list(found))
    return len(entries)


def _add(setting: NotificationSetting, cause: str, audience: int | None, entries: Sequence[NoticeEntry]) -> None:
    first, last = entries[0], entries[-1]
    notice = setting.notices.filter(cause=cause, audience=audience, closed_at=None).first() or Notice.objects.create(
        setting=setting, cause=cause, audience_id=audience, kind=first.kind, opened_at=first.at
    )
    numbers = [*notice.facts.get("numbers", []), *(one.facts["number"] for one in entries if "number" in one.facts)]
    facts = {**last.facts, "numbers": list(dict.fromkeys(numbers))[:MOST_NUMBERS]}
    Notice.objects.filter(pk=notice.pk).update(
        count=F("count") + len(entries), untold=F("untold") + len(entries), facts=facts,
        last_at=max(one.at for one in entries),
    )  # fmt: skip
    NoticeEntry.objects.filter(pk__in=[one.pk for one in entries]).update(notice=notice)


def _close(notice: Notice) -> None:
    """Close what is over. What nobody was told of, and is gone within the grace, is told to nobody."""
    if notice.closed_at is not None:
        return
    if notice_recovery.is_quiet(notice):
        _done(notice, closed_at=timezone.now())
    elif notice.told_at is None and notice.setting.when == When.AT_ONCE:
        if notice.kind.startswith("transaction.") and notice_recovery.none_left(notice):
            _done(notice, closed_at=timezone.now())
    elif said := notice_recovery.over(notice):
        notice.closed_at, notice.over = timezone.now(), said
        notice.save(update_fields=["closed_at", "over"])


def _tell(notice: Notice) -> int:
    """The first message, or the recovery, of one notice."""
    setting = notice.setting
    if notice.is_done:
        return 0
    if notice.closed_at and notice.told_at:
        words = recovery(notice, facts_of(notice, notice.count))
        made = notice_messages.make(
            setting, words, key=f"notice {notice.pk} over", kind=Kind.OVER, audience=notice.audience_id
        )
        _done(notice)
        return int(made is not None)
    if notice.told_at or notice.opened_at > timezone.now() - GRACE:
        return 0
    kind = Kind.TROUBLE if setting.tone == Tone.NEGATIVE else Kind.NEWS
    words = worded(setting, facts_of(notice, notice.count))
    made = notice_messages.make(setting, words, key=f"notice {notice.pk}", kind=kind, audience=notice.audience_id)
    _told(notice)
    return int(made is not None)


def _tell_digest(setting: NotificationSetting, notices: Sequence[Notice]) -> int:
    """Everything of a period that has ended, as one message for each audience; quiet when there is nothing."""
    now = timezone.now()
    if setting.next_at is None or setting.next_at > now:
        if setting.next_at is None:
            _set_next(setting, now)
        return 0
    period, made = setting.next_at, 0
    _set_next(setting, now)
    news = [one for one in notices if not one.is_done and (one.untold or one.closed_at)]
    for audience in dict.fromkeys(one.audience_id for one in news):
        own = [one for one in news if one.audience_id == audience]
        key = f"digest {setting.pk} {audience or 0} {period:%Y%m%dT%H%M%SZ}"
        words = digest(setting, own)
        made += notice_messages.make(setting, words, key=key, kind=Kind.DIGEST, audience=audience) is not None
    for notice in news:
        _told(notice)
    return made


def _told(notice: Notice) -> None:
    """A message tells of it. Good news ends with it, and so does what is over already."""
    now = timezone.now()
    notice.told_at, notice.untold = notice.told_at or now, 0
    is_news = notice.setting.tone == Tone.POSITIVE
    if is_news or notice.closed_at:
        _done(notice, closed_at=notice.closed_at or now)
    notice.save(update_fields=["told_at", "untold"])


def _done(notice: Notice, *, closed_at: datetime | None = None) -> None:
    notice.is_done, notice.closed_at = True, closed_at or notice.closed_at
    notice.save(update_fields=["is_done", "closed_at"])


def _set_next(setting: NotificationSetting, now: datetime) -> None:
    setting.next_at = next_digest(setting, now)
    setting.save(update_fields=["next_at"])


def next_digest(setting: NotificationSetting, now: datetime) -> datetime | None:
    """When the period ends that runs now; None for what is told at once. By the clock of the tenant."""
    if setting.when == When.AT_ONCE:
        return None
    tenant = Tenant.objects.get(pk=setting.tenant_id or 0)
    pattern = "0 * * * *" if setting.when == When.HOURLY else f"{setting.at.minute} {setting.at.hour} * * *"
    return next(moments(pattern, zone_of(str(tenant.zone)), now, lambda day: True))


def forget_old() -> int:
    """Forget what was told long ago. Returns how many messages."""
    before, forgotten = timezone.now() - timedelta(days=KEPT_DAYS), 0
    with scope_all("forget what was told long ago"):
        old = Notice.objects.filter(is_done=True, closed_at__lt=before)
        while ids := list(old.values_list("pk", flat=True)[:SLICE]):
            NoticeEntry.objects.filter(notice__in=ids).delete()
            Notice.objects.filter(pk__in=ids).delete()
        while ids := list(NoticeMessage.objects.filter(made_at__lt=before).values_list("pk", flat=True)[:SLICE]):
            forgotten += NoticeMessage.objects.filter(pk__in=ids).delete()[0]
    return forgotten
