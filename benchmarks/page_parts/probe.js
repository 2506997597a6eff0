// Runs before the page: counts its frames, and how old each tick is when the frame that applies it is over.

(() => {
  const found = { frames: [], lags: [], received: 0, waiting: [] };

  window.EventSource = class extends window.EventSource {
    constructor(...args) {
      super(...args);
      this.addEventListener("message", ({ data }) => {
        found.received++;
        if (data.startsWith('{"type":"tick"')) found.waiting.push(Date.parse(data.match(/"timestamp":"([^"]+)"/)[1]));
      });
    }
  };

  // What has come before a frame is applied in it; a task after the frame's callbacks knows that they have run.
  const over = new MessageChannel();
  let applied = [];
  over.port1.onmessage = () => {
    const now = Date.now();
    for (const time of applied) found.lags.push(now - time);
    applied = [];
  };
  function frame(time) {
    found.frames.push(time);
    applied = applied.concat(found.waiting);
    found.waiting = [];
    over.port2.postMessage(0);
    requestAnimationFrame(frame);
  }
  requestAnimationFrame(frame);

  const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

  /** Give the chart so many bars; milliseconds until they are on screen. */
  async function fill(count) {
    const { bars, chart } = window.truetick;
    const [length, first] = [bars.list.length, bars.first];
    const price = (n) => first.open + Math.sin(n / 40) + Math.sin(n / 7) / 4;
    const older = Array.from({ length: count - length }, (_, at) => {
      const n = count - length - at;
      const [open, close] = [price(n), price(n - 1)];
      const [high, low] = [Math.max(open, close) + 0.1, Math.min(open, close) - 0.1];
      return { time: first.time - 60 * n, open, high, low, close, volume: 1000 + (n % 500), final: true };
    });
    const start = performance.now();
    bars.prepend(older);
    chart.draw(bars);
    await painted();
    return { ms: performance.now() - start, bars: bars.list.length };
  }

  window.probe = { begin: () => Object.assign(found, { frames: [], lags: [], received: 0 }), found, fill };
})();
