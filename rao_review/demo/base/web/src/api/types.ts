/** Shapes that travel between the shop and its server. */

export interface Money {
  cents: number;
  currency: string;
}

export type PaymentStatus = "pending" | "settled" | "failed" | "refunded";

export interface Payment {
  id: string;
  orderId: string;
  amount: Money;
  status: PaymentStatus;
}

export interface ApiError {
  status: number;
  text: string;
}

export function isApiError(value: unknown): value is ApiError {
  return typeof value === "object" && value !== null && "status" in value && "text" in value;
}
