"""What is told as an incident of the order in which the drops of an inbox come."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from arhub.domain import incidents
from arhub.models import Incident
from connectors.erp_cache.names import Problem, parse
from connectors.models import InboxFile
from ingestion.models import ArrivalWatch

MOST_NEAR = 1_000
"""How far from a drop its gap is looked for."""
KINDS = {"gap": Incident.Kind.MISSING, "repeated": Incident.Kind.REPEATED, "out_of_order": Incident.Kind.OUT_OF_ORDER}


def report(seen: InboxFile, problems: Sequence[Problem]) -> None:
    """Open an incident for each kind of problem that a drop shows, and close those that it settles. Where the source's
    own watch counts the numbers of files, it tells of them."""
    inbox = seen.inbox
    watch = ArrivalWatch.objects.filter(source=inbox.source, is_enabled=True).select_related("owner").first()
    if watch and watch.index_mark:
        return
    for problem in problems:
        incidents.report(
            _key(seen, problem.kind), kind=KINDS[problem.kind], subject=inbox.name, text=f"{seen.name}: {problem.text}",
            owner=watch.owner if watch else None, source=inbox.source,
            thing=inbox.connection, url=reverse("admin:connectors_inbox_change", args=[inbox.pk]),
        )  # fmt: skip
    for kind in set(KINDS) - {problem.kind for problem in problems} - {"gap"}:
        incidents.settle(_key(seen, kind), f"{seen.name} came in its turn.")


def filled(seen: InboxFile) -> None:
    """A drop that lacked was taken in after all. A gap stays open while others of it lack."""
    incidents.settle(_key(seen, "out_of_order"), f"{seen.name} was taken in after all.")
    if not _lacks_others(seen):
        incidents.settle(_key(seen, "gap"), f"{seen.name} was taken in after all.")


def _lacks_others(seen: InboxFile) -> bool:
    """Whether a number near it, between those that were taken, was not."""
    name = parse(seen.name)
    if name is None or name.is_timestamp:
        return False
    rows = InboxFile.objects.filter(
        inbox=seen.inbox, state=InboxFile.State.TAKEN, name__istartswith=f"{name.shop}_ErpCache_{name.interface}_"
    ).exclude(index="")  # fmt: skip
    taken = {int(index) for index in rows.values_list("index", flat=True).distinct()}
    near = [index for index in taken if abs(index - int(name.index)) <= MOST_NEAR]
    return max(near) - min(near) + 1 > len(near)


def _key(seen: InboxFile, kind: str) -> str:
    name = parse(seen.name)
    of = f"{name.shop.lower()[:60]}:{name.interface}" if name else ""
    return f"drops:{seen.inbox.pk}:{of}:{kind}"
