"""How a thing is shared, on its page: with whom, locked or not, whose it is, and who may do what."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string

from arhub.admin.sharing import Level, may, require
from arhub.domain import shares
from arhub.domain.askers import forget_asker
from arhub.domain.sharing import Audience
from arhub.models import ApiKey, Membership, Share, Team, User
from arhub.requests import number_of

SENTENCES = {
    Audience.OWNER: "Its owner alone sees it, and the administrators.",
    Audience.ALL: "Everybody sees it, and may do what their role allows. Programs too, by the scopes of their keys.",
    Audience.CHOSEN: "Those in the table below, its owner and the administrators.",
    Audience.ADMINS: "The administrators see it, and its owner.",
}
LEVELS = {
    Level.VIEW: "sees it and what hangs on it",
    Level.OPERATE: "also runs it, retries, sends again, settles",
    Level.EDIT: "also changes its settings, rules and schedules",
    Level.ADMINISTER: "also switches, shares, locks and removes it, and sets secrets",
}


def shown(request: HttpRequest, thing: Model, action: str) -> dict[str, Any]:
    """For the template; `action` is the address that takes what is posted."""
    found = shares.shared_of(thing)
    may_share = may(request, thing, Level.ADMINISTER)
    return {
        "shared": found,
        "share_action": action,
        "may_share": may_share,
        "audiences": [(one.value, one.label, SENTENCES[one], one == found.audience) for one in Audience],
        "levels": [(one.value, one.label, LEVELS[one]) for one in Level],
        "counts": found.audience == Audience.CHOSEN,
        "people": _people(request) if may_share else [],
        "teams": Team.objects.all() if may_share else [],
        "programs": _programs() if may_share else [],
    }


def change(request: HttpRequest, thing: Model, page: str, listed: str) -> HttpResponse:
    """Do what was posted, say so on the thing's page, or in the list to who has shut themselves out. Raises
    `PermissionDenied` for whoever does not administer it."""
    require(request, thing, Level.ADMINISTER)
    if request.method != "POST":
        raise PermissionDenied("Expected a POST.")
    user: Any = request.user
    try:
        messages.success(request, _changed(request, thing, user))
    except (shares.CannotShare, ValueError) as problem:
        messages.warning(request, f"Nothing was changed. {problem}")
    forget_asker(request)
    if may(request, thing, Level.VIEW):
        return HttpResponseRedirect(page)
    messages.warning(request, "You are not among those who see it now. Its owner or an administrator can change that.")
    return HttpResponseRedirect(listed)


def _changed(request: HttpRequest, thing: Model, user: User) -> str:
    given = request.POST
    match given.get("do"):
        case "share":
            shares.share(thing, Audience(given.get("audience", "")), user)
            shares.lock(thing, on="locked" in given, user=user)
            return f"{thing} is shared as chosen."
        case "grant":
            to = _grantee(request, given.get("to", ""))
            made = shares.grant(thing, to, Level(given.get("level", "")), user)
            return f"{to}: {made.get_level_display().lower()}."
        case "take":
            done = shares.take_away(thing, number_of(given.get("grant")), user)
            return "It was taken away." if done else "It was taken away before."
        case "hand_over":
            owner = _grantee(request, f"user:{number_of(given.get('owner'))}")
            assert isinstance(owner, User)
            shares.hand_over(thing, owner, user)
            return f"{thing} belongs to {owner}."
    raise ValueError("The page asked for something that is not known here.")


def _grantee(request: HttpRequest, text: str) -> shares.Grantee:
    kind, _, number = text.partition(":")
    rows: dict[str, Any] = {"user": _people(request), "team": Team.objects.all(), "key": _programs()}
    pk = number_of(number)
    found = next((one for one in rows.get(kind, ()) if one.pk == pk), None)
    if found is None:
        raise shares.CannotShare("Choose one of those in the list.")
    grantee: shares.Grantee = found
    return grantee


def _people(request: HttpRequest) -> list[User]:
    tenant = request.tenant  # type: ignore[attr-defined]
    rows = Membership.objects.filter(tenant=tenant, user__is_active=True).select_related("user")
    return [row.user for row in rows.order_by("user__name", "user__email")]


def _programs() -> list[ApiKey]:
    """Once each, however often its key was rotated."""
    keys = ApiKey.objects.filter(revoked_at=None).order_by("client", "-created_at").distinct("client")
    return sorted(keys, key=lambda key: key.name)


def mark(thing: Any, share: Share | None) -> str:
    """For a list: with whom a thing is shared, and its lock."""
    return render_to_string("arhub/sharing/mark.html", {"share": share, "thing": thing})
