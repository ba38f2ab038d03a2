"use strict";

/** The cart of the old pages, kept in local storage. */

const KEY = "orchard.cart";

function emptyCart() {
  return { items: [], updated: 0 };
}

function loadCart() {
  const text = localStorage.getItem(KEY);
  return text === null ? emptyCart() : JSON.parse(text);
}

function saveCart(cart) {
  localStorage.setItem(KEY, JSON.stringify({ ...cart, updated: Date.now() }));
}

function addItem(sku) {
  const cart = loadCart();
  cart.items.push(sku);
  saveCart(cart);
}

module.exports = { addItem, loadCart, saveCart };
