// Whether what is shown is true: real money or not, how the line stands and why, how fresh and how fast it is.

const STATES = {
  connecting: ["warn", "connecting"], live: ["good", "live"], delayed: ["warn", "delayed"], frozen: ["warn", "frozen"],
  reconnecting: ["warn", "reconnecting"], down: ["bad", "down"], stopped: ["bad", "stopped"],
};
const TYPES = {
  LIVE: "type 1 realtime", FROZEN: "type 2 frozen", DELAYED: "type 3 delayed", "DELAYED-FROZEN": "type 4 delayed-frozen",
};
const WINDOW = 400;
const ELSEWHERE = 5_000;
/** Milliseconds after which a contract of which nothing comes is called quiet. */
const QUIET = 15_000;
/** What comes of the contract, and not of the account or the server. */
const OF_MARKET = new Set(["tick", "depth", "candle"]);
const $ = (id) => document.getElementById(id);

export class Badges {
  constructor() {
    this.tws = { state: "ready", reason: "" };
    this.server = { state: "connecting", reason: "" };
    this.stream = { state: "live", reason: "" };
    this.type = "";
    this.delays = [];
    this.count = 0;
    this.heard = performance.now();
    this.since = performance.now();
    this.offset = 0;
    this.skew = 0;
  }

  /** What time it is at the market, in seconds: a replayed or simulated one may be of another day. */
  market(now) {
    const skew = now * 1000 - Date.now();
    this.skew = Math.abs(skew) > ELSEWHERE ? skew : 0;
  }

  /** SIMULATED, PAPER or LIVE. */
  account(label) {
    const badge = $("trading");
    badge.textContent = label;
    badge.dataset.account = label;
    document.documentElement.dataset.account = label;
  }

  /** The connection to the server. */
  line(state, reason) {
    this.server = { state, reason };
    this.show();
  }

  /** A message of any kind: what it says of the line, when it was sent. */
  take(message) {
    this.count += 1;
    const { type, data } = message;
    if (OF_MARKET.has(type)) this.heard = performance.now();
    // Bars may be told again later; a tick or a book has just been received.
    if (type === "depth" || type === "tick") this.#time(Date.parse(message.timestamp));
    if (type === "status") this.tws = { state: data.state, reason: data.reason };
    else if (type === "problem" && data.severity !== "info") this.problem = `${data.message} (IB ${data.code})`;
    else if (type === "candle" && data.data_type !== this.type) this.type = data.data_type;
    else if (type === "info" && message.topic?.startsWith("candle:")) this.#stream(message);
    else return;
    this.show();
  }

  #stream({ code, message }) {
    if (["interrupted", "paused", "waiting"].includes(code)) this.stream = { state: "reconnecting", reason: message };
    if (["resumed", "refilled"].includes(code)) this.stream = { state: "live", reason: "" };
  }

  get state() {
    if (this.server.state !== "open")
      return this.server.state === "connecting" ? ["connecting", ""] : ["reconnecting", this.server.reason];
    if (["connecting", "disconnected"].includes(this.tws.state)) {
      const why = this.tws.reason || this.problem || "TWS does not answer";
      return ["reconnecting", `TWS: ${why}`];
    }
    if (this.stream.state !== "live") return [this.stream.state, this.stream.reason];
    if (this.tws.state === "degraded") return ["live", this.tws.reason];
    return [this.type.startsWith("DELAYED") ? "delayed" : this.type === "FROZEN" ? "frozen" : "live", ""];
  }

  show() {
    const [state, reason] = this.state;
    const [look, text] = STATES[state];
    const badge = $("line");
    badge.className = `badge ${look}`;
    badge.dataset.state = state;
    if (badge.lastElementChild.textContent !== text) badge.lastElementChild.textContent = text;
    badge.title = reason || "Everything comes";
    $("reason").hidden = !reason;
    if ($("reason").textContent !== reason) $("reason").textContent = reason;
    $("data-type").textContent = TYPES[this.type] || "no data yet";
    $("data-type").hidden = !this.type;
    $("data-type").className = this.type && this.type !== "LIVE" ? "badge warn" : "badge";
  }

  #time(sent) {
    const delay = Date.now() - sent;
    // Where the clocks of server and screen differ, only how much later than the quickest is known.
    this.offset = this.offset ? Math.min(this.offset, delay) : delay;
    this.delays.push(Math.abs(this.offset) > ELSEWHERE ? delay - this.offset : Math.max(0, delay));
    if (this.delays.length > WINDOW) this.delays.shift();
  }

  /** Milliseconds since 1970 at the market. */
  get now() {
    return Date.now() + this.skew;
  }

  /** Once a second: how quick, how much. */
  tell() {
    const sorted = [...this.delays].sort((a, b) => a - b);
    const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    const quiet = performance.now() - this.heard;
    const speed = sorted.length ? `feed→screen p50 ${at(0.5)} ms · p99 ${at(0.99)} ms` : "no messages yet";
    $("latency").textContent = quiet < QUIET ? speed : `quiet: nothing for ${Math.round(quiet / 1000)} s`;
    $("latency").classList.toggle("quiet", quiet >= QUIET);
    const seconds = (performance.now() - this.since) / 1000;
    $("rate").textContent = `${Math.round(this.count / seconds)} msg/s`;
    this.count = 0;
    this.since = performance.now();
  }
}
