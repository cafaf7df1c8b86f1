from __future__ import annotations

from django.urls import path

from tongqu.kernel.acts.networks import both
from tongqu.kernel.ledger import api

urlpatterns = both(
    path("ledger/checkpoint", api.checkpoint, name="ledger-checkpoint"),
    path("ledger/key", api.key, name="ledger-key"),
    path("ledger/proof/<uuid:event_id>", api.proof, name="ledger-proof"),
    path("ledger/tile/<int:level>/<path:place>", api.tile, name="ledger-tile"),
)
