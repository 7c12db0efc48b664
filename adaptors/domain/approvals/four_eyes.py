"""Four eyes before documents go: what decides where they and their money go is compared with what was last sent.

What differs waits until a second person has approved exactly this content. The sending waits, not the editing: so
whatever changed it is caught, a screen, the API, an import or the source. What was last sent is kept also while no
policy asks for anything, so that one that is switched on has something to compare with.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from django.db.models.fields.json import KT
from django.utils import timezone

from adaptors.domain.approvals.asking import ask, said
from adaptors.domain.approvals.contents import Part, amount_in_books, first_of, parts_of, ways_to
from adaptors.domain.approvals.handed_over import let_go
from adaptors.domain.approvals.sensitive import ADDRESS, BANK, FIRST
from adaptors.domain.documents.producing import Produced
from adaptors.formats.base import Problem
from adaptors.models import Activation, ExportRule, Transaction
from arhub.domain import approvals
from arhub.models import Approval, Tenant, User
from connectors.domain.places import Ways

Trusted = dict[str, Any]
State = Transaction.State


class FourEyes:
    """For a chunk of documents of one activation: a constant number of queries, besides those for what is asked."""

    def __init__(self, activation: Activation, user: User | None = None) -> None:
        self.activation, self.user = activation, user
        self.policy = approvals.policy()
        self._ways = Ways()
        self._trusted: dict[int, Trusted] = {}
        self._sent: dict[int, tuple[ExportRule, list[Part]]] = {}
        self._standing: dict[tuple[str, str], Approval] = {}

    def looked_at(self, produced: Iterable[Produced]) -> list[Produced]:
        """The documents, with a problem for each content of those that could go out that waits, and what they are
        bound to."""
        rows = list(produced)
        ready = [one for one in rows if not one.is_held and one.rendered is not None]
        self._ways.prepare(filter(None, (ways_to(one.composed, self.activation) for one in ready)))
        parts = {one.composed.document_id: parts_of(one.composed, self.activation, self._ways) for one in ready}
        judge = self._judge(ready, parts) if self.policy.kinds else None
        return [self._one(one, parts.get(one.composed.document_id) or [], judge) for one in rows]

    def remember(self, rows: Sequence[Transaction], before: Iterable[int] = ()) -> None:
        """Keep what was handed over as what was last sent, and let go of what these documents waited for `before` and
        nothing waits for now. Two statements."""
        changed: dict[int, ExportRule] = {}
        for row in rows:
            if row.state == State.HELD or row.document_id not in self._sent:
                continue
            rule, parts = self._sent[row.document_id]
            trusted = _with(rule.trusted, parts)
            if trusted != rule.trusted:
                changed.setdefault(rule.pk, rule).trusted = trusted
        if changed:
            ExportRule.objects.bulk_update(changed.values(), ["trusted"])
        let_go(set(before) - {pk for row in rows for pk in row.waits_for})

    def _judge(self, ready: Sequence[Produced], parts: dict[int, list[Part]]) -> _Judge:
        wanted = [part for one in ready for part in parts[one.composed.document_id]]
        firsts = [
            first_of(one.composed, parts[one.composed.document_id], self.activation)
            for one in ready if one.composed.rule and not one.composed.rule.trusted
        ]  # fmt: skip
        self._standing = approvals.standing(
            part.content for part in (*wanted, *firsts) if part.kind in self.policy.kinds
        )
        return _Judge(self.activation, wanted)

    def _one(self, produced: Produced, parts: list[Part], judge: _Judge | None) -> Produced:
        composed = produced.composed
        if not parts or composed.rule is None:
            return produced
        rule = composed.rule
        trusted = self._trusted.setdefault(rule.pk, rule.trusted)
        waits: list[Approval] = []
        bound = list(parts)
        if judge is not None:
            needed = [part for part in parts if part.kind in self.policy.kinds and judge.asks(part, trusted)]
            if not trusted and self._is_large(produced):
                first = first_of(composed, parts, self.activation)
                needed, bound = [*needed, first], [*parts, first]
            waits = [found for part in needed if (found := self._missing(part, produced, trusted))]
        if not waits:
            self._trusted[rule.pk] = _with(trusted, parts)
            if judge is not None:
                judge.known |= {part.digest for part in parts}
            self._sent[composed.document_id] = rule, parts
        problems = [Problem(said(one), f"approval:{one.pk}") for one in waits]
        return replace(
            produced, problems=[*produced.problems, *problems], bound_to=[part.bound for part in bound],
            waits_for=[one.pk for one in waits],
        )  # fmt: skip

    def _is_large(self, produced: Produced) -> bool:
        if FIRST not in self.policy.kinds or self.policy.amount is None:
            return False
        return amount_in_books(produced.composed, self._books) > self.policy.amount

    @cached_property
    def _books(self) -> str:
        return Tenant.objects.values_list("currency", flat=True).get(pk=self.activation.tenant_id or 0)

    def _missing(self, part: Part, produced: Produced, trusted: Trusted) -> Approval | None:
        """What stands in the way: an approval that is asked for, or that was refused."""
        found = self._standing.get(part.content)
        if found is None:
            assert produced.composed.rule is not None
            found = ask(part, produced.composed.rule, self.activation, trusted.get(part.kind, {}), self.user)
            self._standing[part.content] = found
        return None if found.state == Approval.State.APPROVED else found


class _Judge:
    """Whether a content differs from what is known. Bank details and addresses are known of other customers too: a new
    customer is no way around them."""

    def __init__(self, activation: Activation, wanted: Iterable[Part]) -> None:
        parts = list(wanted)
        banks = {part.digest for part in parts if part.kind == BANK}
        places = {part.digest for part in parts if part.kind == ADDRESS}
        mine = ExportRule.objects.filter(activation=activation)
        self.known = _digests(mine, BANK, banks) | _digests(ExportRule.objects.all(), ADDRESS, places)
        self.has_sent = {BANK: mine.exclude(trusted={}).exists()}
        keys = {part.key for part in parts if part.kind == ADDRESS}
        self.used = _used(keys)

    def asks(self, part: Part, trusted: Trusted) -> bool:
        before = trusted.get(part.kind)
        if before and before["key"].split(":")[:2] == part.key.split(":")[:2]:
            return bool(before["digest"] != part.digest)
        if part.kind == BANK:
            return self.has_sent[BANK] and part.digest not in self.known
        if part.kind == ADDRESS:
            return (bool(trusted) or part.key in self.used) and part.digest not in self.known
        return False


def _digests(rules: Any, kind: str, wanted: set[str]) -> set[str]:
    """Those that were sent: found by their indexes."""
    if not wanted:
        return set()
    found = rules.annotate(digest=KT(f"trusted__{kind}__digest")).filter(digest__in=wanted)
    return set(found.order_by().values_list("digest", flat=True).distinct())


def _used(keys: set[str]) -> set[str]:
    """Over which connections something went before."""
    rules = ExportRule.objects.order_by().annotate(key=KT("trusted__address__key"))
    return set(rules.filter(key__in=keys).values_list("key", flat=True).distinct())


def _with(trusted: Trusted, parts: Sequence[Part]) -> Trusted:
    """What is trusted once these parts were sent; since when stays where nothing changed."""
    found, now = dict(trusted), timezone.now().isoformat()
    for part in parts:
        before = found.get(part.kind, {})
        if (before.get("key"), before.get("digest")) != part.content:
            found[part.kind] = {"key": part.key, "digest": part.digest, "shown": dict(part.shown), "at": now}
    return found
