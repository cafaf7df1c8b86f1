"""Hostile and honest uploads: names, types, PDFs that do more than show, pictures that are bombs."""

from __future__ import annotations

import io
import re
import time
import unicodedata
import zipfile
import zlib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tongqu.kernel.acts.errors import Invalid
from tongqu.kernel.records import images, pdf, typeset
from tongqu.kernel.records.content import DEMO_NOTE
from tongqu.kernel.records.rules import UPLOADABLE, as_kept, check_upload, clean_name, sniff
from tongqu.kernel.records.tests.making import NOTICE, PDF

LIMIT = 1024 * 1024


def refusal(data: bytes, name: str, limit: int = LIMIT) -> str:
    with pytest.raises(Invalid) as caught:
        check_upload(data, name, limit=limit)
    assert str(caught.value.message) and str(caught.value.remedy)
    return caught.value.code


def picture(kind: str, size: tuple[int, int] = (40, 30), **more: Any) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, kind, **more)
    return out.getvalue()


def pdf_with(inside: bytes) -> bytes:
    return PDF.replace(b"trailer", b"2 0 obj" + inside + b"endobj\ntrailer")


def packed(
    objects: bytes, *, head: bytes = b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode", body: bytes | None = None
) -> bytes:
    body = zlib.compress(b"3 0 " + objects) if body is None else body
    return pdf_with(b"<<" + head + b"/Length %d>>\nstream\n" % len(body) + body + b"\nendstream ")


# --- names -----------------------------------------------------------------------------------------------------------

hostile = st.text(st.sampled_from("a./\\:<>|?*\"' 图\u202e\u200d\x00\x1f\u0338e\u0301\ud7ff")) | st.text(max_size=300)


@given(hostile)
@example("../../etc/passwd")
@example("C:\\fakepath\\图纸.pdf")
@example("合同\u202efdp.exe")
@example("a." + "x" * 400)
@example("x" * 400 + ".pdf")
@example("...")
@example("CON")
@example("con .pdf")
@example("lpt9.tar.pdf")
@example("COM¹.pdf")
@example("家" * 130 + ".pdf")
@example("\U00020bb7" * 130 + ".pdf")
@example("图\u3000.pdf\u3000")
def test_no_name_is_dangerous_once_cleaned(name: str) -> None:
    clean = clean_name(name)
    assert 0 < len(clean) <= 120 and clean not in {".", ".."} and not clean.startswith((".", " "))
    assert not set(clean) & set('/\\:<>"|?*')
    assert not [c for c in clean if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"}]
    assert clean_name(clean) == clean and len(clean.encode()) <= 240
    assert clean.partition(".")[0].strip().upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9", "COM¹"}


def test_ordinary_names_stay_as_they_are() -> None:
    for name in ("图纸.pdf", "经营场所 布局图（2026）.jpg", "独孤𬭎 身份证.png", "no-extension"):
        assert clean_name(name) == name
    assert clean_name("C:\\fakepath\\图纸.pdf") == "图纸.pdf"


# --- types -----------------------------------------------------------------------------------------------------------


@given(st.binary(max_size=400), st.sampled_from(["x.pdf", "x.jpg", "x.png", "x.html", "x"]))
def test_only_what_the_bytes_say_is_taken(data: bytes, name: str) -> None:
    try:
        _name, media_type = check_upload(data, name, limit=LIMIT)
    except Invalid:
        return
    assert media_type in UPLOADABLE and sniff(data) is not None


@given(st.binary(max_size=300))
def test_broken_files_of_our_types_never_crash_the_check(tail: bytes) -> None:
    for data, name in (
        (b"%PDF-1.7\n" + tail + b"\n%%EOF", "a.pdf"), (b"%PDF-1.7 <</First 1>>\nstream\n" + tail + b"%%EOF", "a.pdf"),
        (b"\xff\xd8\xff" + tail + b"\xff\xd9", "a.jpg"), (b"\x89PNG\r\n\x1a\n" + tail + b"IEND", "a.png"),
    ):  # fmt: skip
        try:
            check_upload(data, name, limit=LIMIT)
        except Invalid as refused:
            assert refused.remedy


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "a.pdf", "empty-file"),
        (PDF + b" " * LIMIT, "a.pdf", "too-large"),
        (b"MZ\x90\x00" + b"\0" * 200, "a.pdf", "wrong-type"),
        (b"<html><script>alert(1)</script>", "a.pdf", "wrong-type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.png", "wrong-type"),
        (PDF, "a.jpg", "type-mismatch"),
        (PDF, "a.pdf.exe", "type-mismatch"),
        (PDF[:40], "a.pdf", "wrong-type"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 64 + b"\xff\xd9", "a.jpg", "broken-image"),
    ],
)  # fmt: skip
def test_what_is_refused_and_why(data: bytes, name: str, code: str) -> None:
    assert refusal(data, name) == code


def test_ordinary_files_are_taken() -> None:
    assert check_upload(PDF, "a.PDF", limit=LIMIT) == ("a.PDF", "application/pdf")
    assert check_upload(PDF, "图纸", limit=LIMIT)[0] == "图纸.pdf"
    for kind, name in (("JPEG", "a.jpeg"), ("PNG", "a.png")):
        assert check_upload(picture(kind), name, limit=LIMIT)[1] == f"image/{kind.lower()}"


# --- PDFs ------------------------------------------------------------------------------------------------------------

SCRIPT = b"<</S/JavaScript/JS(app.alert(1))>>"


@pytest.mark.parametrize(
    "inside",
    [
        SCRIPT, b"<</S /J#61vaScript /JS (x)>>", b"<</#53/#4a#61#76#61#53#63#72#69#70#74>>",
        b"<</S/Launch/F(cmd.exe)>>",
        b"<</Names<</EmbeddedFiles 4 0 R>>>>", b"<</Subtype/FileAttachment/FS 5 0 R>>", b"<</Subtype/RichMedia>>",
        b"<</AcroForm<</XFA[5 0 R]>>>>", b"<</S/Rendition/JS 7 0 R>>",
        b"<</Length 40>>\nstream\n" + SCRIPT + b"\nendstream",
    ],
)  # fmt: skip
def test_a_pdf_that_acts_is_refused_in_the_open_and_packed(inside: bytes) -> None:
    assert refusal(pdf_with(inside), "a.pdf") == "active-content"
    if b"stream" not in inside:
        assert inside[4:9] not in packed(inside)
        assert refusal(packed(inside), "a.pdf") == "active-content"
        far = packed(b"<</Title(" + b"x" * 100_000 + b")>> " + inside)
        assert refusal(far, "a.pdf") == "active-content"


def test_an_object_stream_is_known_by_what_it_holds_as_well() -> None:
    for head in (b"/Type 9 0 R/X(obj)/Filter/FlateDecode", b"/First 4/X(obj stream\nendstream)/Filter/FlateDecode"):
        assert refusal(packed(b" 0 " + SCRIPT, head=head), "a.pdf") == "active-content"
    assert (
        refusal(packed(b"", body=zlib.compress(b"% 1\r\n  3 0 4 10 " + SCRIPT), head=b""), "a.pdf") == "active-content"
    )


def test_a_name_cut_in_two_by_our_own_reading_is_found() -> None:
    for shift in range(40):
        inside = b"(" + b"x" * (64 * 1024 - 40 + shift) + b")" + b"<</S/J#61v#61Script>>"
        assert refusal(packed(inside), "a.pdf") == "active-content"


def test_a_locked_pdf_is_refused_in_its_own_words() -> None:
    assert refusal(PDF.replace(b"/Root", b"/Encrypt 9 0 R/Root"), "a.pdf") == "encrypted"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"/Type/ObjStm/N 1/First 4/Filter/ASCIIHexDecode", b"3c3c3e3e>"),
        (b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode/DecodeParms<</Predictor 12>>", None),
        (b"/Type/Obj#53tm/N 1/First 4/Filter/LZWDecode", b"\x80\x0b\x60"),
    ],
)
def test_objects_packed_so_that_we_cannot_look_are_refused(head: bytes, body: bytes | None) -> None:
    assert refusal(packed(b"<</A 1>>", head=head, body=body), "a.pdf") == "unreadable"


def test_a_bomb_is_given_up_early() -> None:
    bomb = zlib.compress(b"\0" * (80 * 1024 * 1024), 9)
    assert len(bomb) < 100_000
    assert refusal(packed(b"", body=bomb), "a.pdf") == "unreadable"
    many = b"".join(packed(b"", body=bomb[:2000]) for _ in range(3))  # cut short: what is there is looked at
    assert pdf.finding(many, most=1024 * 1024) == pdf.UNREADABLE


def test_ordinary_packed_objects_pass() -> None:
    assert check_upload(packed(b"<</Title(JavaScript)/Subtype/Image>>"), "a.pdf", limit=LIMIT)
    outline = pdf_with(
        b"<</First 4 0 R/Last 5 0 R>>endobj 8 0 obj<</Subtype/Image/Length 3>>\nstream\n\xff\xd8\xff\nendstream "
    )
    assert check_upload(outline, "a.pdf", limit=LIMIT)


def test_a_scan_is_never_taken_for_a_script() -> None:
    """Pages as scanners make them, noise and all, one byte sequence after another."""
    for quality in (20, 60, 95):
        out = io.BytesIO()
        pages = [Image.effect_noise((620, 877), 90).convert("RGB") for _ in range(3)]
        pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], quality=quality, title="扫描件")
        assert pdf.finding(out.getvalue()) is None
        assert check_upload(out.getvalue(), "扫描件.pdf", limit=10 * LIMIT)[1] == "application/pdf"


def test_our_own_papers_pass_their_own_check() -> None:
    data = {
        **NOTICE, "date_iso": "2026-03-02", "token": "7K2M-9QXT-4HWD", "verify_at": "127.0.0.1:8000/v",
        "qr_svg": typeset.qr_svg("x"), "seal_note": "", "demo_note": DEMO_NOTE,
    }  # fmt: skip
    assert check_upload(typeset.render("notice", data), "通知书.pdf", limit=LIMIT)


def archive(comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("page.html", "x" * 500)
        package.comment = comment
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        PDF + archive(b"%%EOF"),
        PDF + archive(b"PK\x05\x06 %%EOF"),
        archive().join([PDF, b"%" * 30_000 + b"%%EOF"]),
        PDF.replace(b"\n1 0", b"\n<html><body>\n1 0", 1),
        PDF.replace(b"\n1 0", b"\n<ScRiPt>alert(1)</sCrIpT>\n1 0", 1),
        pdf_with(b"<</S/SubmitForm/F(http://elsewhere.example)>>"),
        pdf_with(b"<</S/GoToR/F(//elsewhere/share)>>"),
    ],
    ids=range(7),
)
def test_a_pdf_that_is_something_else_as_well_is_refused(data: bytes) -> None:
    assert refusal(data, "a.pdf") == "active-content"


# --- pictures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "more"),
    [("PNG", {}), ("JPEG", {}), ("JPEG", {"progressive": True}), ("JPEG", {"exif": b"Exif\0\0" + b"\xff\xc0" * 99})],
)  # fmt: skip
@pytest.mark.parametrize("size", [(1, 1), (640, 480), (3000, 2)])
def test_dimensions_are_those_a_viewer_finds(kind: str, more: dict[str, Any], size: tuple[int, int]) -> None:
    assert images.dimensions(picture(kind, size, **more)) == size


def test_a_picture_of_too_many_pixels_is_refused_without_drawing_it() -> None:
    png = picture("PNG")
    assert refusal(png[:16] + (20_000).to_bytes(4) * 2 + png[24:], "a.png") == "too-many-pixels"
    assert refusal(png[:16] + bytes(8) + png[24:], "a.png") == "broken-image"
    jpeg = picture("JPEG")
    frame = re.search(rb"\xff\xc0..\x08", jpeg, re.DOTALL)
    assert frame is not None
    huge = jpeg[: frame.end()] + b"\xff\xff\xff\xff" + jpeg[frame.end() + 4 :]
    assert refusal(huge, "a.jpg") == "too-many-pixels"


@pytest.mark.parametrize("smuggled", [b"<script>alert(1)</script>", b"<?php system(1);", b"<HTML >", b"<svg onload=x>"])
def test_a_picture_with_a_page_in_it_is_refused(smuggled: bytes) -> None:
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "JPEG", comment=smuggled)
    assert refusal(out.getvalue(), "a.jpg") == "active-content"


# --- what is kept of a picture ---------------------------------------------------------------------------------------

HOME = "春和街7号"


def photo(kind: str, turned: int = 6) -> bytes:
    """As a telephone makes it: where, when, with what, a preview of it, a title, a comment."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E], exif[0x0110] = turned, HOME, "Phone X"
    exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 15.0, 7.0), 3: "E", 4: (120.0, 9.0, 1.0)})
    out = io.BytesIO()
    made = Image.effect_noise((160, 120), 60).convert("RGB")
    if kind == "PNG":
        texts = PngInfo()
        texts.add_itxt("Title", HOME)
        texts.add_text("Comment", HOME * 3, zip=True)
        made.save(out, kind, exif=exif, pnginfo=texts, dpi=(300, 300))
    else:
        made.save(out, kind, exif=exif, comment=HOME.encode(), progressive=True, dpi=(300, 300))
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("tail", [b"", b"\0" * 3000, archive(b"IEND\xff\xd9"), b"MZ" + b"\0" * 90_000], ids=range(4))
def test_of_a_picture_the_picture_is_kept_and_nothing_else(kind: str, tail: bytes) -> None:
    sent = photo(kind) + tail
    _name, media_type = check_upload(sent, f"a.{kind.lower()}", limit=LIMIT)
    kept = as_kept(sent, media_type, purpose="case:x")
    for told in (HOME.encode(), b"Phone X", b"GPS", b"PK\x05\x06", b"MZ\0\0"):
        assert told not in kept
    before, after = Image.open(io.BytesIO(sent)), Image.open(io.BytesIO(kept))
    assert after.tobytes() == before.tobytes() and after.info["dpi"] == before.info["dpi"]
    assert not after.getexif().get_ifd(0x8825) and not getattr(after, "text", {})
    if kind == "JPEG":
        assert dict(after.getexif()) == {0x0112: 6}, "which side is up stays"
    assert images.plain(kept) == kept and check_upload(kept, f"a.{kind.lower()}", limit=LIMIT)


def test_an_officers_photo_keeps_what_makes_it_evidence() -> None:
    taken = photo("JPEG")
    for purpose in ("site_check", "service_proof"):
        assert as_kept(taken, "image/jpeg", purpose=purpose) == taken


@given(st.binary(max_size=200), st.integers(0, 400))
def test_broken_pictures_are_refused_or_come_to_an_end(noise: bytes, at: int) -> None:
    for kind in ("JPEG", "PNG"):
        broken = SMALL[kind][:at] + noise + SMALL[kind][at:]
        try:
            _name, media_type = check_upload(broken, f"a.{kind.lower()}", limit=LIMIT)
        except Invalid:
            continue
        assert len(as_kept(broken, media_type, purpose="x")) <= len(broken) + 36


@pytest.mark.parametrize(
    "part", [b"\xff", b"\xff\x01", b"\xff\xd8", b"\xff\xfe\x00\x00", b"\xff\xe0\x00\x02"], ids=range(5)
)
def test_a_picture_of_millions_of_parts_is_given_up_early(part: bytes) -> None:
    jpeg = picture("JPEG")
    began = time.process_time()
    for at in (2, 20):  # after the start, after the first segment
        sent = jpeg[:at] + part * (12 * LIMIT // len(part)) + jpeg[at:]
        assert refusal(sent, "a.jpg", limit=20 * LIMIT) == "broken-image"
    png = picture("PNG")
    sent = png[:33] + b"\0\0\0\0IDAT\0\0\0\0" * LIMIT + png[33:]
    assert refusal(sent, "a.png", limit=20 * LIMIT) == "broken-image"
    assert time.process_time() - began < 3


def test_a_picture_cut_short_is_refused() -> None:
    for kind in ("JPEG", "PNG"):
        assert refusal(photo(kind)[:-900], f"a.{kind.lower()}") in {"broken-image", "wrong-type"}


SMALL = {kind: picture(kind, (8, 8)) for kind in ("JPEG", "PNG")}
