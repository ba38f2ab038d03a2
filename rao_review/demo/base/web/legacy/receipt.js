"use strict";

/** A receipt that can be printed from the browser. */

const { formatPrice } = require("./money");

function receiptRow(line) {
  return `${line.count} × ${line.name}: ${formatPrice(line.cents)}`;
}

function receipt(order) {
  const total = order.lines.reduce((sum, line) => sum + line.cents, 0);
  return [...order.lines.map(receiptRow), `Total: ${formatPrice(total)}`].join("\n");
}

module.exports = { receipt };
