// Small parts that several views share.
import { h } from "preact";
import { useEffect, useState } from "preact/hooks";
import htm from "htm";

export const html = htm.bind(h);

export const STATUS = {
  RUNNING: { sign: "●", word: "running" },
  SUCCESS: { sign: "✔", word: "success" },
  FAILURE: { sign: "✘", word: "failure" },
  INVALID: { sign: "·", word: "idle" },
};
export const KIND = {
  sequence: { sign: "→", word: "sequence" },
  fallback: { sign: "?", word: "fallback" },
  parallel: { sign: "⇉", word: "parallel" },
  check: { sign: "◇", word: "condition" },
  do: { sign: "▶", word: "skill" },
  ask: { sign: "✋", word: "question" },
  subtree: { sign: "▣", word: "subtree" },
  for_each: { sign: "∀", word: "for each" },
};

/** Run time for people. @param {number} seconds */
export function clock(seconds) {
  if (!Number.isFinite(seconds)) return "–";
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")} min`;
}

/** A share for people. @param {number | null | undefined} value */
export function share(value) {
  if (value == null) return "no estimate";
  return value > 0.995 ? "over 99 %" : `${Math.round(value * 100)} %`;
}

/** A button that cannot be pressed twice while its work is under way, and shows its error. */
export function Action({ label, work, kind = "", disabled = false, title = "" }) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const press = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await work();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return html`<span class="action">
    <button type="button" class=${kind} disabled=${isBusy || disabled} title=${title} onClick=${press}>
      ${isBusy ? html`<span class="spinner" aria-hidden="true"></span>` : null}${label}
    </button>
    ${problem ? html`<${Problem} error=${problem} />` : null}
  </span>`;
}

export function Problem({ error }) {
  return html`<p class="problem" role="alert">
    ${error.message}${error.hint ? html`: <span class="hint">${error.hint}</span>` : null}
  </p>`;
}

export function Card({ title, children, tone = "", note = null, id = undefined }) {
  return html`<section class=${`card ${tone}`} aria-label=${title} id=${id}>
    <header><h2>${title}</h2>${note}</header>
    ${children}
  </section>`;
}

/** One view of the page, under a heading that screen readers are told. @param {{title: string, kind: string, children?: any}} props */
export function View({ title, kind, children }) {
  return html`<main class=${kind} tabindex="-1"><h1 class="unseen">${title}</h1>${children}</main>`;
}

/** The time now, again every so many milliseconds while it is wanted. */
export function useNow(period, isWanted) {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    if (!isWanted) return undefined;
    const timer = setInterval(() => setNow(performance.now()), period);
    return () => clearInterval(timer);
  }, [period, isWanted]);
  return now;
}

/** A name that may be broken after its slashes and underscores. @param {string} name */
export const breakable = (name) => name.split(/(?<=[/_])/).map((part, at) => (at ? html`<wbr />${part}` : part));
