/** The box on the right: what is in the cart and what it costs. */

import { formatDiscount, formatPrice } from "../format/money";
import type { Cart } from "./cart";

export function summaryLines(cart: Cart): string[] {
  return cart.all().map((line) => `${line.count} × ${line.sku}`);
}

export function summaryFoot(cart: Cart, discount: number): string {
  const total = formatPrice(cart.total());
  const note = formatDiscount(discount);
  return note ? `${total} (${note})` : total;
}
