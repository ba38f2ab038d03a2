/** One place that talks to the server. */

import { isApiError } from "./types";

export class RequestFailed extends Error {
  constructor(
    readonly status: number,
    text: string,
  ) {
    super(text);
  }
}

export async function post<T>(path: string, body: object, headers: Record<string, string> = {}): Promise<T> {
  const reply = await fetch(`/api/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const value: unknown = await reply.json();
  if (isApiError(value)) {
    throw new RequestFailed(value.status, value.text);
  }
  return value as T;
}
