/** The cart of this browser. */

import type { Money } from "../api/types";

export interface CartLine {
  sku: string;
  count: number;
  price: Money;
}

export class Cart {
  private readonly lines: CartLine[] = [];

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

  total(): Money {
    const cents = this.lines.reduce((sum, line) => sum + line.count * line.price.cents, 0);
    return { cents, currency: this.lines[0]?.price.currency ?? "EUR" };
  }
}
