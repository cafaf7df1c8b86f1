"""An upload of which nothing is kept, in memory or on disk, but its size and its SHA-256."""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.errors import Invalid


class _Fingerprint(FileUploadHandler):
    def __init__(self, request: HttpRequest, limit: int) -> None:
        super().__init__(request)
        self.limit = limit
        self.size = 0
        self.hash: Any = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.size, self.hash = 0, hashlib.sha256()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.size += len(raw_data)
        if self.size > self.limit:
            raise StopUpload(connection_reset=False)
        self.hash.update(raw_data)

    def file_complete(self, file_size: int) -> None:
        return None


def fingerprint(request: HttpRequest, *, field: str, limit: int) -> str:
    """The SHA-256 of the file that was posted. The view must be exempt from the CSRF check, which would read the body
    before we do. Raises Invalid for no file and for one larger than `limit` bytes."""
    handler = _Fingerprint(request, limit)
    request.upload_handlers = [handler]
    _read = request.FILES
    if handler.size > limit:
        raise Invalid(fields={field: _("文件太大，超过 %(limit)s MB") % {"limit": limit // (1024 * 1024)}})
    if not handler.size:
        raise Invalid(fields={field: _("请先选择要核对的 PDF 文件")})
    digest: str = handler.hash.hexdigest()
    return digest
