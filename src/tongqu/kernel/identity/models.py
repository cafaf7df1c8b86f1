from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models

from tongqu.foundation.uuid7 import uuid7


class Account(AbstractUser):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
