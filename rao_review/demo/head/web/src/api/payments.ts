/** Payments, as the server offers them since v2: hold first, take later. */

import type { Cart } from "../cart/cart";
import { post } from "./client";
import type { Money, Payment } from "./types";

export interface PaymentRequest {
  orderId: string;
  amount: Money;
}

/** A key for one attempt to pay: the same click twice sends the same key. */
export function freshKey(orderId: string, attempt: number): string {
  return `${orderId}.${attempt}`;
}

export function createPayment(orderId: string, amount: Money, idempotencyKey: string): Promise<Payment> {
  const request: PaymentRequest = { orderId, amount };
  return post<Payment>("v2/payments", request, { "idempotency-key": idempotencyKey });
}

export function payForCart(cart: Cart, orderId: string): Promise<Payment> {
  return createPayment(orderId, cart.total(), cart.paymentKey(orderId));
}

export function capturePayment(payment: Payment): Promise<Payment> {
  return post<Payment>(`v2/payments/${payment.id}/capture`, {}, { "idempotency-key": payment.idempotencyKey });
}

export function refundPayment(payment: Payment, reason: string): Promise<Payment> {
  return post<Payment>(`v2/payments/${payment.id}/refund`, { reason });
}
