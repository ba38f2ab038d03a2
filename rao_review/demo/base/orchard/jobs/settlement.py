"""The nightly settlement: close what was paid, pay the growers."""

from __future__ import annotations

import logging

from orchard.money import Money
from orchard.orders.repository import pending_orders, save
from orchard.payments.fees import payout_for
from orchard.payments.payouts import PayoutBatch
from orchard.storage import Store

log = logging.getLogger(__name__)


def settle_orders(store: Store, paid: set[str], dry_run: bool = False) -> int:
    """Mark the orders in `paid`. Returns how many there were."""
    count = 0
    for order in pending_orders(store):
        if order.id in paid:
            order.paid = True
            count += 1
            if not dry_run:
                save(store, order)
    return count


def settle_growers(sales: dict[str, list[Money]], dry_run: bool = False) -> list[PayoutBatch]:
    """One closed batch per grower; nothing is closed in a dry run."""
    batches = [PayoutBatch(grower, [payout_for(amount) for amount in amounts]) for grower, amounts in sales.items()]
    for batch in batches:
        if not dry_run:
            total = batch.settle()
            log.info("%s gets %s", batch.grower, total.cents)
    return batches
