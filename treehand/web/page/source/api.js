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
 * @param {string} method @param {string} path @param {unknown} [body]
 * @param {number} [most] longest wait in milliseconds @returns {Promise<any>}
 */
export async function ask(method, path, body, most) {
  /** @type {RequestInit} */
  const options = { method, credentials: "same-origin", cache: "no-store" };
  if (most) options.signal = AbortSignal.timeout(most);
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

/** Silence in milliseconds that means a lost connection; the server says something every 2 s. */
const SILENT = 6000;

/**
 * Follow the event stream; it connects again by itself and names the last event.
 * @param {string} after @param {{event: (entry: any) => void, desk: (state: any) => void,
 *   reset: () => void, connected: (isConnected: boolean) => void}} to
 * @returns {() => void} what ends it
 */
export function follow(after, to) {
  let last = after;
  let heard = performance.now();
  /** @type {EventSource} */
  let source;
  const on = (/** @type {string} */ kind, /** @type {(data: string) => void} */ take) =>
    source.addEventListener(kind, (/** @type {any} */ message) => {
      heard = performance.now();
      last = message.lastEventId || last;
      take(message.data);
    });
  const open = () => {
    source = new EventSource(`/api/events?after=${encodeURIComponent(last)}`);
    source.onopen = () => to.connected(true);
    source.onerror = () => {
      to.connected(false);
      if (source.readyState === EventSource.CLOSED) to.reset();
    };
    on("message", (data) => to.event(JSON.parse(data)));
    on("desk", (data) => to.desk(JSON.parse(data)));
    on("reset", () => to.reset());
  };
  open();
  const watch = setInterval(() => {
    if (performance.now() - heard < SILENT) return;
    // A network that is gone breaks no connection: nothing comes, and nobody says so.
    heard = performance.now();
    to.connected(false);
    source.close();
    open();
  }, 1000);
  return () => {
    clearInterval(watch);
    source.close();
  };
}
