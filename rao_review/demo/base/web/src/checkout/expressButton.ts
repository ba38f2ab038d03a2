/** Buy one product without a cart. */

import { createPayment } from "../api/payments";
import type { Money, Payment } from "../api/types";

export interface ExpressOffer {
  sku: string;
  price: Money;
}

export function expressOrderId(offer: ExpressOffer, now: Date): string {
  return `express-${offer.sku}-${now.getTime().toString(36)}`;
}

export async function buyNow(offer: ExpressOffer, now: Date = new Date()): Promise<Payment> {
  const orderId = expressOrderId(offer, now);
  return createPayment(orderId, offer.price);
}
