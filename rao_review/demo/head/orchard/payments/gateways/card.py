"""Cards, through the provider's HTTP interface."""

from __future__ import annotations

import json
import logging
import urllib.request

from orchard.money import Money
from orchard.payments.errors import GatewayTimeout, GatewayUnavailable
from orchard.payments.gateways.base import PaymentGateway
from orchard.payments.models import Payment

log = logging.getLogger(__name__)


class CardGateway(PaymentGateway):
    name = "card"

    def __init__(self, url: str, timeout: float) -> None:
        self.url = url
        self.timeout = timeout

    def authorize(self, payment: Payment) -> bool:
        reply = self._call("authorize", self._body(payment, payment.amount))
        return reply["status"] == "ok"

    def void(self, payment: Payment) -> None:
        self._call("void", self._body(payment, payment.amount))
        log.info("payment %s voided", payment.id)

    def refund(self, payment: Payment, amount: Money) -> None:
        self._call("refund", self._body(payment, amount))

    @staticmethod
    def _body(payment: Payment, amount: Money) -> dict[str, object]:
        return {"payment": payment.id, "cents": amount.cents, "key": payment.idempotency_key}

    def _call(self, action: str, body: dict[str, object]) -> dict[str, str]:
        request = urllib.request.Request(f"{self.url}/{action}", json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as reply:
                return dict(json.loads(reply.read()))
        except OSError as error:
            raise GatewayUnavailable(action) from error
        except TimeoutError as error:
            raise GatewayTimeout(action) from error
