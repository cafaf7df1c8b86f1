"""Papers of cases as one PDF to print: in order, each on a fresh sheet where both sides are printed, a list in front.

Each case is read as the one who asked, with his rights of the moment, and each reading is logged. A paper that cannot
be read is left out and named on the list: nothing is left out silently.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.utils.translation import gettext as _
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import SHANGHAI, now
from tongqu.kernel.acts.errors import Invalid, NotFound, TongquError
from tongqu.kernel.cases.lanes import readable
from tongqu.kernel.cases.models import CaseDocument, CaseUnit, Decision
from tongqu.kernel.cases.queries import CaseView, access_case
from tongqu.kernel.identity.vault import in_hand
from tongqu.kernel.records import queries as records
from tongqu.kernel.records import typeset
from tongqu.kernel.ui import forms

MOST_PAGES = 2000
MOST_PAPERS = 200  # of one case
LICENCE = "licence"  # the kind under which a licence's own paper is chosen


@dataclass(slots=True)
class Bundle:
    """What has been put together so far."""

    writer: PdfWriter = field(default_factory=PdfWriter)
    lines: list[dict[str, str]] = field(default_factory=list)  # of the list in front
    left_out: list[dict[str, str]] = field(default_factory=list)
    papers: int = 0

    @property
    def pages(self) -> int:
        return len(self.writer.pages)


@in_hand()
def case_papers(view: CaseView, *, duplex: bool = False) -> bytes:
    """All papers of one case that this reader may have. Raises NotFound when there is none."""
    bundle = Bundle()
    _add_case(bundle, view, kinds=(), duplex=duplex)
    if not bundle.papers:
        raise NotFound(_("这一办件还没有文书"))
    return _written(bundle, cover=b"")


def kinds_of(actor: Actor, cases: Sequence[UUID]) -> dict[str, str]:
    """{kind: title} of the papers that those of the cases have which stand on the actor's list. Three queries."""
    rows = CaseUnit.objects.filter(
        readable(actor.places_for("cases.read")), tenant_id=actor.tenant_id, until=None, case_id__in=list(cases)
    )
    readable_cases = list(rows.values_list("case_id", flat=True).distinct())
    papers = CaseDocument.objects.filter(tenant_id=actor.tenant_id, case_id__in=readable_cases).order_by("id")
    found = {kind: forms.text(title) for kind, title in papers.values_list("kind", "title")}
    if Decision.objects.filter(case_id__in=readable_cases, licence_id__isnull=False).exists():
        found[LICENCE] = _("许可证")
    return found


@in_hand()
def put_together(
    actor: Actor, cases: Sequence[UUID], *, kinds: Collection[str] = (), duplex: bool = False, cover: bool = True,
    told: Callable[[int, Bundle], None] = lambda done, bundle: None,
) -> tuple[bytes, Bundle]:  # fmt: skip
    """The PDF, b"" when no paper was found, and what went into it. `told` hears after each case how far it is."""
    bundle = Bundle()
    for done, case_id in enumerate(cases, 1):
        try:
            view = access_case(actor, case_id=case_id, purpose="print")
        except NotFound:
            bundle.left_out.append({"case": "", "why": _("找不到，或者您不能查看")})
        else:
            before = bundle.papers
            _add_case(bundle, view, kinds=kinds, duplex=duplex)
            if bundle.papers == before:
                bundle.left_out.append({"case": view.case.case_no or "", "why": _("没有所选种类的文书")})
        told(done, bundle)
        if bundle.pages > MOST_PAGES:
            raise Invalid(_("超过%(most)s页，请分几次打印") % {"most": MOST_PAGES}, code="too-many-pages")
    if not bundle.papers:
        return b"", bundle
    return _written(bundle, cover=_cover(bundle) if cover else b"", duplex=duplex), bundle


def _add_case(bundle: Bundle, view: CaseView, *, kinds: Collection[str], duplex: bool) -> None:
    for kind, title, document_id in _papers_of(view)[:MOST_PAPERS]:
        if kinds and kind not in kinds:
            continue
        number = view.case.case_no or ""
        try:
            _document, data = records.document_pdf(view.case.tenant_id, document_id)
            pages = list(PdfReader(io.BytesIO(data)).pages)
        except (TongquError, records.Altered, PyPdfError):
            bundle.left_out.append({"case": f"{number} {title}", "why": _("文件损坏或缺失，请报系统管理员")})
            continue
        for one in pages:
            bundle.writer.add_page(one)
        if duplex and len(pages) % 2:
            bundle.writer.add_blank_page(pages[-1].mediabox.width, pages[-1].mediabox.height)
        bundle.papers += 1
        bundle.lines.append(
            {"case_no": number, "applicant": view.case.applicant_name, "title": title, "pages": str(len(pages))}
        )


def _papers_of(view: CaseView) -> list[tuple[str, str, UUID]]:
    """(kind, title, document id) in the order in which they were made, the licence last."""
    found = [(d.kind, forms.text(d.title), d.document_id) for d in view.documents]
    licence = view.licence_document_id
    if licence and all(document != licence for _kind, _title, document in found):
        found.append((LICENCE, _("许可证"), licence))
    return found


def _cover(bundle: Bundle) -> bytes:
    """The list in front; without the names that no shipped font can draw."""
    at = now().astimezone(SHANGHAI)
    data = {
        "date_iso": at.date().isoformat(), "at": at.strftime("%Y-%m-%d %H:%M"),
        "lines": [_drawable(line) for line in bundle.lines],
        "left_out": [_drawable(line) for line in bundle.left_out],
        "papers": str(bundle.papers), "pages": str(bundle.pages),
    }  # fmt: skip
    return typeset.render("print_list", data)


def _drawable(line: dict[str, str]) -> dict[str, str]:
    missing = set(typeset.uncovered(line))
    return {key: "".join("〓" if c in missing else c for c in text) for key, text in line.items()}


def _written(bundle: Bundle, *, cover: bytes, duplex: bool = False) -> bytes:
    writer = bundle.writer
    if cover:
        front = PdfWriter()
        for one in PdfReader(io.BytesIO(cover)).pages:
            front.add_page(one)
        if duplex and len(front.pages) % 2:
            front.add_blank_page(front.pages[-1].mediabox.width, front.pages[-1].mediabox.height)
        for one in writer.pages:
            front.add_page(one)
        writer = front
    writer.metadata = {"/Title": _("合并打印"), "/Producer": "Tongqu"}
    writer.compress_identical_objects()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
