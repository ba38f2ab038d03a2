/** The cart of this browser. */

import { freshKey } from "../api/payments";
import type { Money } from "../api/types";

export interface CartLine {
  sku: string;
  count: number;
  price: Money;
}

export class Cart {
  private readonly lines: CartLine[] = [];
  private attempts = 0;

  add(line: CartLine): void {
    const known = this.lines.find((other) => other.sku === line.sku);
    if (known) {
      known.count += line.count;
    } else {
      this.lines.push({ ...line });
    }
  }

  all(): readonly CartLine[] {
    return this.lines;
  }

  /** A new attempt may be made only after the last one has failed. */
  paymentFailed(): void {
    this.attempts += 1;
  }

  paymentKey(orderId: string): string {
    return freshKey(orderId, this.attempts);
  }

  total(): Money {
    const cents = this.lines.reduce((sum, line) => sum + line.count * line.price.cents, 0);
    return { cents, currency: this.lines[0]?.price.currency ?? "EUR" };
  }
}
