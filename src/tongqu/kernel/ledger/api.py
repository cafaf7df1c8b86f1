"""The log for everyone, in the formats of c2sp.org/tlog-tiles and c2sp.org/tlog-proof. Hashes only: entries stay here.

/ledger/checkpoint          the newest signed head
/ledger/key                 the keys to check it with, one a line
/ledger/proof/<event id>    that an event is in the log, to keep and to check offline
/ledger/tile/<level>/<…>    the tree itself, from which any inclusion or consistency proof can be made
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.ledger import queries
from tongqu.kernel.ledger.queries import Standing
from tongqu.kernel.ledger.rules import TILE_HEIGHT, TILE_WIDTH, Span, tile_place

_FRESH = "public, max-age=2"
_FOR_EVER = "public, max-age=31536000, immutable"
_BROKEN = gettext_lazy("账本的存储数据与签名树头不符，请联系运行单位")


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """1 query."""
    head = queries.latest_head(default_tenant())
    if head is None:
        return _text(_("账本尚无签名树头，请稍后再试"), status=404)
    return _text(head.note, cache=_FRESH)


@require_safe
def key(request: HttpRequest) -> HttpResponse:
    """1 query."""
    return _text("".join(f"{found}\n" for found in queries.note_keys(default_tenant())), cache=_FRESH)


@require_safe
def proof(request: HttpRequest, event_id: UUID) -> HttpResponse:
    """404: no such event. 503 with Retry-After: no signed head covers it yet. At most 4 queries."""
    found = queries.inclusion_of(event_id)
    if found.proof is not None:
        response = _text(str(found.proof), cache=_FRESH)
        response["Content-Disposition"] = f'attachment; filename="{event_id}.tlog-proof"'
        return response
    if found.standing is Standing.UNKNOWN:
        return _text(_("账本中没有这一事件"), status=404)
    if found.standing is Standing.BROKEN:
        return _text(str(_BROKEN), status=500)
    response = _text(_("事件已经记录，正在等待签名，请稍后再试"), status=503)
    response["Retry-After"] = "60"
    return response


@require_safe
def tile(request: HttpRequest, level: int, place: str) -> HttpResponse:
    """A tile of the tree as far as it is signed: 32 bytes a hash. 404 outside it. 2 queries."""
    found = tile_place(place)
    head = queries.latest_head(default_tenant()) if found and level < 64 else None
    if found is None or head is None:
        return _text(_("没有这一段"), status=404)
    index, width = found
    start = index * TILE_WIDTH
    end = start + (width or TILE_WIDTH)
    if end > head.size >> (TILE_HEIGHT * level):
        return _text(_("没有这一段"), status=404)
    stored = queries.stored_hashes(default_tenant(), [Span(level, start, end)])
    if len(stored) < end - start:
        return _text(str(_BROKEN), status=500)
    body = b"".join(value for _place, value in sorted(stored.items()))
    response = HttpResponse(body, content_type="application/octet-stream")
    response["Cache-Control"] = _FOR_EVER
    return response


def _text(body: str, *, status: int = 200, cache: str = "no-store") -> HttpResponse:
    response = HttpResponse(body, status=status, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = cache
    return response
