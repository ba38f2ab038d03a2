/** Shapes that travel between the shop and its server. */

export interface Money {
  cents: number;
  currency: string;
}

export type PaymentStatus = "pending" | "authorized" | "captured" | "failed" | "refunded";

export interface Payment {
  id: string;
  orderId: string;
  amount: Money;
  status: PaymentStatus;
  idempotencyKey: string;
}

export interface ApiError {
  status: number;
  text: string;
}

export function isApiError(value: unknown): value is ApiError {
  return typeof value === "object" && value !== null && "status" in value && "text" in value;
}
