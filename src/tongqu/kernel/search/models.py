"""The index: what can be found, and under which terms."""

from __future__ import annotations

from django.db import models

from tongqu.kernel.acts.rows import TenantRow


class Document(TenantRow):
    """One thing that can be found. Title and summary are language maps."""

    kind = models.CharField(max_length=40)
    ref = models.CharField(max_length=80)
    title = models.JSONField()
    summary = models.JSONField(default=dict)
    url = models.CharField(max_length=200)
    audience = models.CharField(max_length=100)  # public | staff | unit:<id> | party:<id> | <verb>@<unit id>
    boost = models.SmallIntegerField(default=0)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "kind", "ref"], name="search_document_once")]


class Posting(models.Model):
    """A term of a document. Kind, audience and place are copied in, so that one index answers a scoped question."""

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField()
    term = models.CharField(max_length=40)
    audience = models.CharField(max_length=100)
    place = models.CharField(max_length=12, default="")
    kind = models.CharField(max_length=40)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="postings")
    weight = models.SmallIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["tenant_id", "term", "audience", "document", "weight"], name="search_term"),
        ]

    def __str__(self) -> str:
        return self.term
