/** What to tell a customer when something went wrong. */

import { RequestFailed } from "../api/client";

const BY_STATUS: Record<number, string> = {
  402: "Your bank declined the payment. You may try another card.",
  409: "This payment is already done. Please reload the page.",
  429: "Too many attempts. Please wait a minute.",
  503: "We cannot reach your bank right now. Nothing was charged.",
};

export function messageFor(error: unknown): string {
  if (error instanceof RequestFailed) {
    return BY_STATUS[error.status] ?? error.message;
  }
  return "Something went wrong. Nothing was charged.";
}
