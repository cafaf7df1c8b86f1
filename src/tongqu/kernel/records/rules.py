"""Pure decisions about files: what a name may look like, what the bytes are, which kinds we take."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.errors import Invalid
from tongqu.kernel.identity.holders import ERASED
from tongqu.kernel.identity.rules import PERSON
from tongqu.kernel.records import images, pdf

KINDS = {
    "application/pdf": ("pdf",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/png": ("png",),
    "application/zip": ("zip",),
}
EVIDENCE = frozenset({"site_check", "service_proof"})  # purposes of photos that officers take
UPLOADABLE = ("application/pdf", "image/jpeg", "image/png")
_NAME_LIMIT = 120
_NAME_BYTES = 240  # file systems take 255, and browsers put a number behind a name that is there already
_ZIP_TAIL = 22 + 65_535  # where a ZIP says that it is one
_HEAD = 2048  # bytes of a PDF in which a browser that guesses types would look
_EXTENSION_LIMIT = 10
_ACTIVE = ("active-content", _("PDF 中含有脚本或附件，不能接收"), _("请打印为不含脚本的 PDF 后再上传"))
_CLOSED = {  # PDFs that cannot be looked into
    pdf.ENCRYPTED: (
        "encrypted", _("PDF 设有密码或加密保护，不能接收"), _("请去掉密码，或打开后打印为新的 PDF 再上传"),
    ),
    pdf.UNREADABLE: ("unreadable", _("PDF 的内部格式无法检查，不能接收"), _("请打开后打印为新的 PDF 再上传")),
}  # fmt: skip


# To Windows these are devices, whatever follows the point
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])\s*(?:\.|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What the bytes say they are."""

    media_type: str


def clean_name(name: str) -> str:
    """A file name safe to show, store and send back, on whatever system: no path, no control or direction marks, no
    device's name, at most 120 characters and 240 bytes."""
    name = "".join(c for c in name if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = re.sub(r"\s+", " ", re.sub(r'[<>:"|?*]+', "_", name)).strip(" .")
    if _DEVICE.match(name):
        name = f"_{name}"
    stem, dot, extension = name.rpartition(".")
    if not dot:
        stem, extension = name, ""
    extension = extension[:_EXTENSION_LIMIT]
    room = _NAME_BYTES - len(extension.encode()) - 1
    stem = stem[: _NAME_LIMIT - len(extension) - 1].encode()[:room].decode(errors="ignore").rstrip(" .") or "file"
    return f"{stem}.{extension}" if extension else stem


def sniff(data: bytes) -> Sniffed | None:
    """The media type by the bytes alone, both ends looked for. None for what we do not take."""
    if data.startswith(b"%PDF-1.") or data.startswith(b"%PDF-2."):
        return Sniffed("application/pdf") if b"%%EOF" in data[-2048:] else None
    if data.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in data:
        return Sniffed("image/jpeg")
    if data.startswith(b"\x89PNG\r\n\x1a\n") and b"IEND" in data:
        return Sniffed("image/png")
    return None


def check_upload(data: bytes, filename: str, *, limit: int) -> tuple[str, str]:
    """(clean name, media type) of an acceptable upload. Raises Invalid with what is wrong and how to mend it.

    Pictures are looked at by their header and never unpacked; PDFs by `pdf.finding`.
    """
    name = clean_name(filename)
    if not data:
        raise Invalid(_("文件是空的"), code="empty-file", remedy=_("请重新选择文件"))
    if len(data) > limit:
        raise Invalid(
            _("文件太大，超过 %(limit)s MB") % {"limit": limit // (1024 * 1024)}, code="too-large",
            remedy=_("请压缩或拆分后再上传"),
        )  # fmt: skip
    found = sniff(data)
    if found is None:
        raise Invalid(
            _("只能上传 PDF、JPG 或 PNG 文件"), code="wrong-type",
            remedy=_("请另存为 PDF，或拍照后上传图片；文件损坏时请重新导出"),
        )  # fmt: skip
    if "." not in name:  # phones leave it out
        name = f"{name}.{KINDS[found.media_type][0]}"
    extension = name.rpartition(".")[2].lower()
    if extension not in KINDS[found.media_type]:
        raise Invalid(
            _("文件内容与扩展名不一致"), code="type-mismatch", remedy=_("请上传原始文件，不要改扩展名"),
        )  # fmt: skip
    if found.media_type == "application/pdf":
        _check_pdf(data)
    else:
        _check_image(data)
    return name, found.media_type


def as_kept(data: bytes, media_type: str, *, purpose: str) -> bytes:
    """What is stored of a checked file: of a picture somebody hands in nothing but the picture, since where and when it
    was taken and with what is none of our business. Of an officer's photo that is what makes it evidence."""
    if not media_type.startswith("image/") or purpose in EVIDENCE:
        return data
    picture = images.plain(data)
    assert picture is not None  # check_upload has seen to it
    return picture


def _check_pdf(data: bytes) -> None:
    if _is_zip(data) or _looks_like_page(data[:_HEAD]):
        raise Invalid(
            _("文件中夹带了其他内容，不能接收"), code="active-content", remedy=_("请打开后打印为新的 PDF 再上传")
        )
    if found := pdf.finding(data):
        code, message, remedy = _CLOSED.get(found, _ACTIVE)
        raise Invalid(message, code=code, remedy=remedy)


def _check_image(data: bytes) -> None:
    size = images.dimensions(data)
    if size is None or images.plain(data) is None:
        raise Invalid(_("图片无法打开，可能已经损坏"), code="broken-image", remedy=_("请重新拍照或截图后上传"))
    if size[0] * size[1] > images.MOST_PIXELS:
        raise Invalid(
            _("图片的尺寸太大（%(width)s×%(height)s）") % {"width": size[0], "height": size[1]}, code="too-many-pixels",
            remedy=_("请缩小图片后再上传"),
        )  # fmt: skip
    if _looks_like_page(data):
        raise Invalid(_("图片中夹带了其他内容，不能接收"), code="active-content", remedy=_("请重新拍照或截图后上传"))


def _is_zip(data: bytes) -> bool:
    """A file that is an archive as well, for whoever reads it from its end. Its list is not unpacked."""
    tail = max(0, len(data) - _ZIP_TAIL)
    for end in (tail + found.start() for found in re.finditer(b"PK\x05\x06", data[tail:])):
        size = int.from_bytes(data[end + 12 : end + 16], "little")
        if (
            data[max(0, end - size) : max(0, end - size) + 4] == b"PK\x01\x02"
            or data[max(0, end - 20) : end][:4] == b"PK\x06\x07"
        ):
            return True
    return False


def _looks_like_page(data: bytes) -> bool:
    """HTML or a script carried inside an image: a browser that guesses types could run it."""
    return bool(re.search(rb"<(?:script|html|svg|iframe)[\s>]|<\?php", data, re.IGNORECASE))


def public_name(name: str, kind: str) -> str:
    """A holder's name as anyone may see it: a natural person's first character only; those in business in full."""
    return mask_person(name) if kind == PERSON and name != ERASED else name


def mask_person(name: str) -> str:
    """A person's name as the public may see it: the first character, the rest hidden, and how many only roughly."""
    return name[:1] * (len(name) > 1) + "＊" * max(1, min(len(name) - 1, 3)) if name else name
