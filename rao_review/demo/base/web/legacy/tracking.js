"use strict";

/** Follow a delivery on the old order page. */

const STEPS = ["packed", "on the van", "at the door"];

function progress(step) {
  const index = STEPS.indexOf(step);
  return index < 0 ? 0 : (index + 1) / STEPS.length;
}

async function poll(orderId, render) {
  const reply = await fetch(`/api/orders/${orderId}/tracking`);
  const { step } = await reply.json();
  render(progress(step));
  return step !== STEPS[STEPS.length - 1];
}

module.exports = { poll, progress };
