/** The checkout form. */

import { createPayment } from "../api/payments";
import type { Payment } from "../api/types";
import type { Cart } from "../cart/cart";
import { formatPrice } from "../format/money";

export interface FormState {
  busy: boolean;
  message: string;
}

export function payLabel(cart: Cart): string {
  return `Pay ${formatPrice(cart.total())}`;
}

export async function submit(cart: Cart, orderId: string, state: FormState): Promise<Payment | null> {
  if (state.busy) {
    return null;
  }
  state.busy = true;
  try {
    return await createPayment(orderId, cart.total());
  } catch (error) {
    state.message = error instanceof Error ? error.message : "Something went wrong";
    return null;
  } finally {
    state.busy = false;
  }
}
