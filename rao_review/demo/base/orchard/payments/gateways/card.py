"""Cards, through the provider's HTTP interface."""

from __future__ import annotations

import json
import logging
import urllib.request

from orchard.money import Money
from orchard.payments.errors import GatewayUnavailable
from orchard.payments.gateways.base import PaymentGateway
from orchard.payments.models import Payment

log = logging.getLogger(__name__)


class CardGateway(PaymentGateway):
    name = "card"

    def __init__(self, url: str, timeout: float) -> None:
        self.url = url
        self.timeout = timeout

    def authorize(self, payment: Payment) -> bool:
        reply = self._call("authorize", {"payment": payment.id, "cents": payment.amount.cents})
        return reply["status"] == "ok"

    def refund(self, payment: Payment, amount: Money) -> None:
        self._call("refund", {"payment": payment.id, "cents": amount.cents})

    def _call(self, action: str, body: dict[str, object]) -> dict[str, str]:
        request = urllib.request.Request(f"{self.url}/{action}", json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as reply:
                return dict(json.loads(reply.read()))
        except OSError as error:
            raise GatewayUnavailable(action) from error
