"""Work that is due in many tenants."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from arhub.tenancy.scope import scope

logger = logging.getLogger(__name__)


def each_in_scope(found: Iterable[tuple[int, int]], work: Callable[[int], int], what: str) -> int:
    """Do the work for each (tenant id, id) as its tenant; returns the sum of what it returns.

    One that fails keeps no other one back; the last error is raised at the end.
    """
    done, problem = 0, None
    for tenant_id, pk in found:
        try:
            with scope(tenant_id):
                done += work(pk)
        except Exception as error:
            logger.exception("%s %s failed", what, pk)
            problem = error
    if problem:
        raise problem
    return done
