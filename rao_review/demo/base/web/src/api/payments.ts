/** Payments, as the server offers them. */

import { post } from "./client";
import type { Money, Payment } from "./types";

export interface PaymentRequest {
  orderId: string;
  amount: Money;
}

export function createPayment(orderId: string, amount: Money): Promise<Payment> {
  const request: PaymentRequest = { orderId, amount };
  return post<Payment>("payments", request);
}

export function refundPayment(payment: Payment, reason: string): Promise<Payment> {
  return post<Payment>(`payments/${payment.id}/refund`, { reason });
}
