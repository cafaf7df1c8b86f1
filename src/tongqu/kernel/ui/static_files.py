"""Static files, without those of the other network."""

from __future__ import annotations

from collections.abc import Iterator

from whitenoise.middleware import WhiteNoiseMiddleware

from tongqu.kernel.acts import networks


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise that does not know the files which only the other side may have; all of them lie in one folder."""

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: object = None) -> None:
        if self._ours(url):
            super().add_file_to_dictionary(url, path, stat_cache=stat_cache)

    def candidate_paths_for_url(self, url: str) -> Iterator[str]:
        if self._ours(url):
            yield from super().candidate_paths_for_url(url)

    def _ours(self, url: str) -> bool:
        return not url.startswith(self.static_prefix) or networks.serves_file(url[len(self.static_prefix) :])
