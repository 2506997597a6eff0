// What time it is where the messages come from.

/**
 * Columns go on by the server's clock, which need not agree with this machine's: the message that was on its way for
 * the shortest time tells how far they are apart.
 */
export class ServerClock {
  constructor() {
    this.clear();
  }

  clear() {
    this.offset = -Infinity;
  }

  hear(time) {
    this.offset = Math.max(this.offset, time - performance.now());
  }

  /** Milliseconds since 1970; NaN before the first message. */
  now() {
    return this.offset === -Infinity ? NaN : performance.now() + this.offset;
  }
}
