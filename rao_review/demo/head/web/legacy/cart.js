"use strict";

/** The cart of the old pages, kept in local storage. */

const KEY = "orchard.cart";

function emptyCart() {
  return { items: [], updated: 0 };
}

/** The newer of the cart in this browser and the one the server has for this customer. */
async function loadCart() {
  const text = localStorage.getItem(KEY);
  const local = text === null ? emptyCart() : JSON.parse(text);
  const reply = await fetch("/api/v2/cart");
  const remote = reply.ok ? await reply.json() : emptyCart();
  return remote.updated > local.updated ? remote : local;
}

function saveCart(cart) {
  localStorage.setItem(KEY, JSON.stringify({ ...cart, updated: Date.now() }));
}

async function addItem(sku) {
  const cart = await loadCart();
  cart.items.push(sku);
  saveCart(cart);
}

module.exports = { addItem, loadCart, saveCart };
