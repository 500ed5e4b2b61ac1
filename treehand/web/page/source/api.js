// Requests to the server, and its event stream.

/** An answer that is an error. */
export class ApiError extends Error {
  /** @param {number} status @param {{code: string, message: string, hint?: string, findings?: string[]}} report */
  constructor(status, report) {
    super(report.message);
    this.status = status;
    this.code = report.code;
    this.hint = report.hint ?? "";
    this.findings = report.findings ?? [];
  }
}

/**
 * Ask the server and return its answer.
 * @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<any>}
 */
export async function ask(method, path, body) {
  /** @type {RequestInit} */
  const options = { method, credentials: "same-origin", cache: "no-store" };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "content-type": "application/json" };
  }
  let answer;
  try {
    answer = await fetch(`/api${path}`, options);
  } catch {
    throw new ApiError(0, { code: "unreachable", message: "the server does not answer" });
  }
  if (answer.status === 204) return null;
  const told = await answer.json().catch(() => ({ code: "unreadable", message: answer.statusText }));
  if (!answer.ok) throw new ApiError(answer.status, told);
  return told;
}

/** @param {string} path */
export const get = (path) => ask("GET", path);

/** @param {string} path @param {unknown} [body] */
export const post = (path, body) => ask("POST", path, body);

/**
 * Follow the event stream; the browser connects again by itself and names the last event.
 * @param {string} after @param {{event: (entry: any) => void, desk: (state: any) => void,
 *   reset: () => void, connected: (isConnected: boolean) => void}} to
 * @returns {() => void} what ends it
 */
export function follow(after, to) {
  const source = new EventSource(`/api/events?after=${encodeURIComponent(after)}`);
  source.onopen = () => to.connected(true);
  source.onerror = () => {
    to.connected(false);
    if (source.readyState === EventSource.CLOSED) to.reset();
  };
  source.onmessage = (message) => to.event(JSON.parse(message.data));
  source.addEventListener("desk", (message) => to.desk(JSON.parse(message.data)));
  source.addEventListener("reset", () => to.reset());
  return () => source.close();
}
