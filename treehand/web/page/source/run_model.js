// One run as its events tell it: the same fold for a live run and for any moment of a past one.

/** @typedef {{seq: number, event: any}} Entry */

export class RunModel {
  constructor() {
    this.run = "";
    this.seq = 0;
    this.t_s = 0;
    this.began_s = 0;
    this.goal = "";
    this.words = "";
    this.planHash = "";
    /** @type {string[]} */ this.steps = [];
    this.duration_s = 0;
    /** @type {Map<string, string>} */ this.statuses = new Map();
    /** @type {Map<string, any>} */ this.nodes = new Map();
    /** @type {Map<string, any>} */ this.facts = new Map();
    /** @type {Map<string, string>} */ this.running = new Map();
    /** @type {string[]} */ this.done = [];
    /** @type {any} */ this.ended = null;
    /** @type {any} */ this.rest = null;
    /** Calls that have not returned, by skill or world; `at` is the moment that each was told. @type {Map<string, any>} */
    this.overdue = new Map();
  }

  /** @param {string} path */
  node(path) {
    let found = this.nodes.get(path);
    if (!found) {
      found = { visits: 0, attempts: 0, allowed: 0, code: "", detail: "", took: [], events: [] };
      this.nodes.set(path, found);
    }
    return found;
  }

  /** Take in one event. @param {Entry} entry */
  take({ seq, event }) {
    this.seq = seq;
    this.t_s = event.t_s;
    if (event.path) this.node(event.path).events.push({ seq, event });
    const take = TAKERS[event.event];
    if (take) take(this, event);
  }
}

/** The state at one moment. @param {Entry[]} entries @param {number} until */
export function modelAt(entries, until) {
  const model = new RunModel();
  for (const entry of entries) {
    if (entry.seq > until) break;
    model.take(entry);
  }
  return model;
}

/** @type {Record<string, (model: RunModel, event: any) => void>} */
const TAKERS = {
  "run-started": (m, e) => {
    m.goal = e.goal;
    m.began_s = e.t_s;
  },
  planned: (m, e) => {
    if (e.is_detour && m.steps.length) return;
    m.planHash = e.plan_hash;
    m.words = e.goal_words;
    m.statuses.clear();
    const certificate = e.certificate ? JSON.parse(e.certificate) : {};
    const estimates = e.estimates ? JSON.parse(e.estimates) : {};
    m.steps = certificate.steps ?? [];
    m.duration_s = estimates.duration_s ?? 0;
    m.began_s = e.t_s;
    m.done = [];
  },
  "facts-changed": (m, e) => {
    for (const change of e.changes) m.facts.set(change.fact, { ...change, t_s: e.t_s });
  },
  ticked: (m, e) => {
    for (const [path, status] of Object.entries(e.changes)) {
      m.statuses.set(path, status);
      if (status === "RUNNING") m.node(path).visits += 1;
    }
  },
  "skill-started": (m, e) => {
    const node = m.node(e.path);
    node.attempts = e.attempt;
    node.began_s = e.t_s;
    m.running.set(e.path, e.call);
  },
  "skill-ended": (m, e) => {
    const node = m.node(e.path);
    m.running.delete(e.path);
    node.took.push({ t_s: e.t_s, took_s: e.t_s - (node.began_s ?? e.t_s), result: e.result, code: e.code });
    node.code = e.result === "success" ? "" : (e.code ?? e.result);
    node.detail = e.result === "success" ? "" : e.detail;
    if (e.result === "success") m.done.push(e.call);
  },
  "step-refused": (m, e) => fail(m, e, e.code, e.detail),
  "timed-out": (m, e) => fail(m, e, "timeout", `longer than ${e.limit_s} s`),
  retried: (m, e) => {
    const node = m.node(e.path);
    node.attempts = e.attempt;
    node.allowed = e.attempts;
  },
  stopped: (m, e) => {
    m.rest = e;
  },
  "stop-overdue": (m, e) => {
    m.rest = e;
  },
  "call-overdue": (m, e) => {
    // The tick that it is called in has not ended, so that it told no status yet.
    const before = (m.overdue.get(e.subject) ?? { before: m.statuses.get(e.path) ?? "INVALID" }).before;
    m.overdue.set(e.subject, { ...e, at: performance.now(), before });
    if (e.path) m.statuses.set(e.path, "RUNNING");
  },
  "call-returned": (m, e) => {
    const told = m.overdue.get(e.subject);
    m.overdue.delete(e.subject);
    if (told && e.path) m.statuses.set(e.path, told.before);
  },
  "run-ended": (m, e) => {
    m.ended = e;
    m.running.clear();
    m.overdue.clear();
    for (let failure = e.failure; failure; failure = failure.causes?.[0]) {
      fail(m, failure, failure.code, failure.detail);
    }
  },
};

function fail(/** @type {RunModel} */ model, /** @type {any} */ event, /** @type {string} */ code, /** @type {string} */ detail) {
  const node = model.node(event.path);
  node.code = code;
  node.detail = detail;
}

/** @typedef {{tone: string, text: string}} Line */

/** One line for people about an event; null for events that only programs need. @param {any} e @returns {Line | null} */
export function lineOf(e) {
  const make = LINES[e.event];
  return make ? make(e) : null;
}

const say = (/** @type {string} */ tone, /** @type {string} */ text) => ({ tone, text });

/** @type {Record<string, (event: any) => Line | null>} */
const LINES = {
  "run-started": (e) => say("head", `goal: ${e.goal}`),
  planned: (e) => say("", `planned ${e.plan_hash}: ${e.reason}`),
  approved: (e) => say("", `approved by ${e.by}`),
  "plan-rejected": (e) => say("bad", `rejected by ${e.by}: ${e.reason}`),
  "skill-started": (e) => say("soft", `${e.call} begins${e.attempt > 1 ? `, attempt ${e.attempt}` : ""}`),
  "skill-ended": (e) =>
    e.result === "success"
      ? say("good", `${e.call}`)
      : say("bad", `${e.call}: ${e.code ?? e.result}${e.detail ? `, ${e.detail}` : ""}`),
  "skill-noted": (e) => say("soft", `${e.call}: ${e.note}`),
  "step-refused": (e) => say("bad", `${e.call} refused: ${e.detail}`),
  "step-skipped": (e) => say("soft", `${e.call} is done already`),
  "timed-out": (e) => say("bad", `${e.call ?? e.path}: took longer than ${e.limit_s} s`),
  retried: (e) => say("warn", `attempt ${e.attempt} of ${e.attempts} after ${e.code}`),
  replanned: (e) => say("warn", `new plan ${e.number}: ${e.reason}`),
  "fault-injected": (e) => say("warn", `fault injected: ${e.fault}`),
  "question-asked": (e) => say("warn", `asked: ${e.question}`),
  "question-answered": (e) => say("", `answered: ${e.answer ?? "nobody"}${e.is_default ? " (default)" : ""}`),
  "condition-decided": (e) => say("soft", `${e.condition}: ${e.value}`),
  "requirement-broken": (e) => say("bad", `not kept: ${e.requirement}, ${e.detail}`),
  stopped: (e) => say("bad", `stopped: ${e.reason}${e.acknowledged ? "; at rest" : "; NOT confirmed at rest"}`),
  "call-overdue": (e) =>
    say("bad", `${e.subject} has not returned from ${e.method} for ${Math.round(e.for_s)} s${e.place ? `, at ${e.place}` : ""}`),
  "call-returned": (e) => say("warn", `${e.subject} has returned from ${e.method} after ${e.after_s} s`),
  "stop-overdue": () => say("bad", "the stop takes long"),
  "stop-latched": (e) => say("bad", `stop latched by ${e.by}`),
  "commands-refused": (e) => say("bad", `${e.call}: ${e.count} commands refused after the stop`),
  rearmed: (e) => say("good", `re-armed by ${e.by}`),
  held: (e) => say("warn", `held by ${e.by}${e.path ? `, ${e.moment} ${e.path.split("/").pop()}` : ""}`),
  "resumed-from-hold": () => say("", "goes on"),
  resumed: () => say("warn", "resumed after the process had ended"),
  "limits-changed": (e) => say("warn", `limits: ${e.words}`),
  "model-called": (e) => say("soft", `${e.model} asked for a ${e.purpose}: ${e.outcome}`),
  "run-ended": (e) => say(e.outcome === "success" || e.outcome === "already-true" ? "good" : "bad", `${e.outcome}: ${e.message}`),
};

/** True for events that a person looks for first. @param {any} e */
export function isFailure(e) {
  return LINES[e.event]?.(e)?.tone === "bad" && e.event !== "run-ended";
}
