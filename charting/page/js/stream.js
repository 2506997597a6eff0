// One connection for everything that goes on: a browser has six per server.

import { Parser } from "./parser.js";

const LONGEST = 86_400;
const RETRY = 2_000;
/** The server says something at least each 15 seconds: after so long the line is dead, though nobody has closed it. */
const SILENT = 40_000;
/** Refusals that have nothing to do with what was asked for. */
const PASSING = new Set(["UNREACHABLE", "TWS_UNAVAILABLE", "SHUTTING_DOWN"]);
const LOST = "the connection to the server is lost; trying again";

/**
 * Topics on one stream of server-sent events, read with `fetch`: an EventSource makes a task of each event, and keeps
 * to itself why it was refused. What has come is there for `take`, so that a frame parses it at once.
 *
 * `on.came` is called when there is something to take, `on.line` with "open" or "lost" and a reason, `on.again` when
 * something may have been missed, `on.locked` when a token is needed.
 *
 * `topics` are needed; of `choices`, lists of topics that would be good to have, the first is taken that the server
 * does not refuse.
 */
export class Stream {
  constructor(topics, choices, on) {
    this.topics = topics;
    this.choices = [...choices];
    this.on = on;
    this.parser = new Parser();
    this.opened = 0;
    this.watch = setInterval(() => this.#look(), SILENT / 8);
    this.#connect();
  }

  close() {
    this.closed = true;
    clearInterval(this.watch);
    clearTimeout(this.timer);
    this.line.abort();
  }

  /** End the connection, as a proxy might; it comes again. */
  drop() {
    this.line.abort();
  }

  /** All messages that have come since the last call. */
  take() {
    const messages = this.parser.take();
    for (const each of messages) this.#heed(each);
    return messages;
  }

  async #connect() {
    this.line = new AbortController();
    this.heard = performance.now();
    let why = { message: LOST };
    try {
      why = await this.#read(this.line.signal);
    } catch {
      // Whatever broke it, it is tried again; `why` is what people can make something of.
    }
    if (this.closed) return;
    this.parser.cut();
    const refused = why.code && !PASSING.has(why.code);
    if (why.code === "TOKEN_NEEDED") this.on.locked();
    if (refused && this.choices.length > 1) {
      // A contract without trades or without a book has the rest.
      this.choices.shift();
      this.#connect();
      return;
    }
    this.on.line("lost", why.message);
    this.timer = setTimeout(() => this.#connect(), RETRY);
  }

  /** Read until the stream ends; why it did, or why there was none. */
  async #read(signal) {
    const wanted = encodeURIComponent([...this.topics, ...this.choices[0]].join(","));
    // Without an id: how everything stands comes first again, a book too that has not changed meanwhile.
    const answer = await fetch(`/stream?topics=${wanted}&timeout=${LONGEST}`, {
      headers: { accept: "text/event-stream" }, signal, cache: "no-store",
    });
    if (!answer.ok) return (await answer.json()).error;
    await this.#listen(answer.body.pipeThrough(new TextDecoderStream()).getReader());
    return { message: LOST };
  }

  async #listen(reader) {
    this.opened += 1;
    this.on.line("open", "");
    if (this.opened > 1) this.on.again("the connection was lost");
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.closed) return;
      this.heard = performance.now();
      this.parser.put(value);
      this.on.came();
    }
  }

  #heed(message) {
    if (message.type === "error") this.on.line("lost", message.error.message);
    if (message.type === "gap" || (message.type === "info" && ["resumed", "refilled"].includes(message.code)))
      this.on.again(message.reason || message.message);
  }

  #look() {
    if (performance.now() - this.heard > SILENT) this.drop();
  }
}
