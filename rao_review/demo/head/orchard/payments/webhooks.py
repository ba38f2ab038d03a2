"""What the payment provider tells us, one handler per event."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass

from orchard.payments.archive import PaymentArchive
from orchard.payments.signatures import verify

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    kind: str
    body: bytes
    signature: str
    time: str


def on_authorized(event: Event, archive: PaymentArchive) -> None:
    payload = verify(event.body, event.signature)
    payment = archive.get(payload["payment_id"])
    payment.history.append(f"authorized at {event.time}")
    archive.put(payment)
    log.info("payment %s authorized", payment.id)


def on_captured(event: Event, archive: PaymentArchive) -> None:
    payload = verify(event.body, event.signature)
    payment = archive.get(payload["payment_id"])
    payment.history.append(f"captured at {event.time}")
    archive.put(payment)
    log.info("payment %s captured", payment.id)


def on_refunded(event: Event, archive: PaymentArchive) -> None:
    payload = verify(event.body, event.signature)
    payment = archive.get(payload["payment_id"])
    payment.history.append(f"refunded at {event.time}")
    archive.put(payment)
    log.info("payment %s refunded", payment.id)


def on_disputed(event: Event, archive: PaymentArchive) -> None:
    payload = json.loads(event.body)
    payment = archive.get(payload["payment_id"])
    payment.history.append(f"disputed at {event.time}")
    archive.put(payment)
    log.info("payment %s disputed", payment.id)


HANDLERS = {
    "payment.authorized": on_authorized,
    "payment.captured": on_captured,
    "payment.refunded": on_refunded,
    "payment.disputed": on_disputed,
}
