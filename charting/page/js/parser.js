// Server-sent events as text in, what they say out; many at once, since each call of the JSON parser costs.
// https://html.spec.whatwg.org/multipage/server-sent-events.html

/** Of a server whose events are a line of JSON each. */
export class Parser {
  constructor() {
    this.text = "";
  }

  /** A piece of the stream, which may end anywhere. */
  put(text) {
    this.text += text;
  }

  /** What the events say that are whole; each once. */
  take() {
    const end = this.text.lastIndexOf("\n\n");
    if (end < 0) return [];
    const lines = this.text.slice(0, end).split("\n");
    this.text = this.text.slice(end + 2);
    return JSON.parse(`[${lines.filter((each) => each.startsWith("data: ")).map((each) => each.slice(6))}]`);
  }

  /** The stream broke off: what is not whole will not be. */
  cut() {
    const end = this.text.lastIndexOf("\n\n");
    this.text = end < 0 ? "" : this.text.slice(0, end + 2);
  }
}
