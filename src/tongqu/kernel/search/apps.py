from pathlib import Path

from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "tongqu.kernel.search"
    label = "search"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tongqu.kernel.search import held, rules

        rules.add_words(Path(__file__).parent / "data" / "words.yaml")
        held.register()
