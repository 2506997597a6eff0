// Runs before the page: counts its frames, and how old each message is when the frame that applies it is over.

(() => {
  const found = { frames: [], lags: [], received: 0, waiting: [] };
  const Source = window.EventSource;

  class Probed extends Source {
    constructor(...args) {
      super(...args);
      super.addEventListener("message", ({ data }) => {
        found.received++;
        const stamp = /"timestamp":"([^"]+)"/.exec(data);
        if (stamp && data.startsWith('{"type":"tick"')) found.waiting.push(Date.parse(stamp[1]));
      });
    }
  }

  // What comes before a frame is applied in it: a task after the frame's callbacks knows that they have run.
  const after = new MessageChannel();
  let pending = [];
  after.port1.onmessage = () => {
    const now = Date.now();
    for (const time of pending) found.lags.push(now - time);
    pending = [];
  };
  function frame(time) {
    found.frames.push(time);
    pending = pending.concat(found.waiting);
    found.waiting = [];
    after.port2.postMessage(0);
    requestAnimationFrame(frame);
  }
  requestAnimationFrame(frame);

  window.EventSource = Probed;
  window.probe = {
    begin: () => Object.assign(found, { frames: [], lags: [], received: 0 }),
    found: () => ({ frames: found.frames, lags: found.lags, received: found.received }),
  };
})();
