"use strict";

/** The little number on the cart symbol. */

const { loadCart } = require("./cart");

function badgeText() {
  const cart = loadCart();
  const count = cart.items.length;
  return count > 9 ? "9+" : String(count);
}

function showBadge(element) {
  element.textContent = badgeText();
  element.hidden = element.textContent === "0";
}

module.exports = { badgeText, showBadge };
