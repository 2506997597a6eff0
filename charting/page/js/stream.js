// One connection for everything that goes on: a browser has six per server.

import { refusal } from "./server.js";

const LONGEST = 86_400;
const RETRY = 2_000;
/** Refusals that have nothing to do with what was asked for. */
const PASSING = new Set(["UNREACHABLE", "TWS_UNAVAILABLE", "SHUTTING_DOWN"]);

/**
 * Topics on one EventSource. `on.message` gets every message, `on.line` ("open" or "lost", with a reason),
 * `on.again` is called when something may have been missed.
 *
 * `topics` are needed; of `choices`, lists of topics that would be good to have, the first is taken that the server
 * does not refuse.
 */
export class Stream {
  constructor(topics, choices, on) {
    this.topics = topics;
    this.choices = [...choices];
    this.on = on;
    this.opened = 0;
    this.#open();
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.source?.close();
  }

  #open() {
    this.url = `/stream?topics=${encodeURIComponent([...this.topics, ...this.choices[0]].join(","))}&timeout=${LONGEST}`;
    this.source = new EventSource(this.url);
    this.source.onopen = () => {
      this.opened += 1;
      this.on.line("open", "");
      if (this.opened > 1) this.on.again("the connection was lost");
    };
    this.source.onmessage = (event) => this.#take(JSON.parse(event.data));
    this.source.onerror = () => this.#failed();
  }

  #take(message) {
    if (message.type === "complete" || message.type === "error") {
      if (message.type === "error") this.on.line("lost", message.error.message);
      this.#later();
    }
    this.on.message(message);
    if (message.type === "gap" || (message.type === "info" && ["resumed", "refilled"].includes(message.code)))
      this.on.again(message.reason || message.message);
  }

  /** A browser comes again by itself, unless it was answered with an error. */
  async #failed() {
    if (this.closed) return;
    if (this.source.readyState !== EventSource.CLOSED) {
      this.on.line("lost", "the connection to the server is lost; trying again");
      return;
    }
    const why = await refusal(this.url);
    if (this.closed) return;
    if (why && !PASSING.has(why.code) && this.choices.length > 1) {
      // A contract without trades or without a book has the rest.
      this.choices.shift();
      this.#open();
      return;
    }
    this.on.line("lost", why?.message || "the connection to the server is lost; trying again");
    this.#later();
  }

  #later() {
    this.source.close();
    clearTimeout(this.timer);
    if (!this.closed) this.timer = setTimeout(() => this.#open(), RETRY);
  }
}
