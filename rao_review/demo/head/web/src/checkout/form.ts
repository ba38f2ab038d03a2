/** The checkout form. */

import { capturePayment, payForCart } from "../api/payments";
import type { Payment } from "../api/types";
import type { Cart } from "../cart/cart";
import { formatMoney } from "../format/money";
import { messageFor } from "./messages";

export interface FormState {
  busy: boolean;
  message: string;
}

export function payLabel(cart: Cart): string {
  return `Pay ${formatMoney(cart.total())}`;
}

export async function submit(cart: Cart, orderId: string, state: FormState): Promise<Payment | null> {
  if (state.busy) {
    return null;
  }
  state.busy = true;
  try {
    const held = await payForCart(cart, orderId);
    return await capturePayment(held);
  } catch (error) {
    cart.paymentFailed();
    state.message = messageFor(error);
    return null;
  } finally {
    state.busy = false;
  }
}
