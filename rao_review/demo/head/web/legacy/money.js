"use strict";

/** Amounts for the old pages, which do without a build step. */

const SYMBOLS = { EUR: "€", CHF: "Fr.", GBP: "£" };

function formatMoney(cents, currency = "EUR") {
  return `${(cents / 100).toFixed(2)} ${SYMBOLS[currency] || currency}`;
}

function parsePrice(text) {
  const cents = Math.round(Number.parseFloat(text.replace(",", ".")) * 100);
  return Number.isNaN(cents) ? null : cents;
}

module.exports = { formatMoney, parsePrice };
