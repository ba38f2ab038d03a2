/** Amounts as people read them. */

import type { Money } from "../api/types";

const SYMBOLS: Record<string, string> = { EUR: "€", CHF: "Fr.", GBP: "£" };

/** Two decimals and the symbol of the currency. */
export function formatMoney(amount: Money): string {
  const symbol = SYMBOLS[amount.currency] ?? amount.currency;
  return `${(amount.cents / 100).toFixed(2)} ${symbol}`;
}

export function formatDiscount(percent: number): string {
  return percent === 0 ? "" : `−${percent} %`;
}
