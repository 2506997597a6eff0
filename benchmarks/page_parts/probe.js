// Counts the page's frames, and how old each tick is when it has been applied, and when its frame is over.

(() => {
  const nothing = () => ({ frames: [], applied: [], over: [], received: 0 });
  const found = nothing();
  let waiting = [];
  let drawn = [];

  /** Look at what the page takes in from now on. */
  function watch() {
    const { truetick } = window;
    const take = truetick.take.bind(truetick);
    truetick.take = (message) => {
      found.received++;
      if (message.type === "tick") {
        // The frame's callback takes all that has come and tells the charts; what it leaves to do comes after it.
        if (!waiting.length) queueMicrotask(applied);
        waiting.push(Date.parse(message.timestamp));
      }
      take(message);
    };
  }

  function applied() {
    const now = Date.now();
    for (const time of waiting) found.applied.push(now - time);
    drawn = drawn.concat(waiting);
    waiting = [];
  }

  // A task comes once the frame is painted.
  const over = new MessageChannel();
  over.port1.onmessage = () => {
    const now = Date.now();
    for (const time of drawn) found.over.push(now - time);
    drawn = [];
  };
  function frame(time) {
    found.frames.push(time);
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

  window.probe = {
    begin: () => Object.assign(found, nothing()), found, fill, watch,
  };
})();
