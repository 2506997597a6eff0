// Mouse, touch and keyboard on the canvas.

/** Calls `surface` for what the user does on its canvas; keys that mean something here reach nobody else. */
export class Pointer {
  constructor(canvas, surface) {
    this.surface = surface;
    this.dragged = null;
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    canvas.addEventListener("pointerleave", () => surface.point(null));
    canvas.addEventListener("pointerdown", (event) => this.#grab(canvas, event));
    canvas.addEventListener("pointerup", () => (this.dragged = null));
    canvas.addEventListener("pointercancel", () => (this.dragged = null));
    canvas.addEventListener("dblclick", () => surface.recentre());
    canvas.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("blur", () => surface.point(null));
  }

  #grab(canvas, event) {
    canvas.setPointerCapture(event.pointerId);
    this.dragged = event.offsetY;
  }

  #move(event) {
    if (this.dragged !== null) {
      const rows = Math.trunc((event.offsetY - this.dragged) / this.surface.rowHeight);
      if (rows) {
        this.dragged += rows * this.surface.rowHeight;
        this.surface.pan(rows);
      }
    }
    this.surface.point({ x: event.offsetX, y: event.offsetY });
  }

  #wheel(event) {
    event.preventDefault();
    if (event.shiftKey) this.surface.pan(Math.sign(event.deltaX + event.deltaY) * -2);
    else this.surface.zoom(event.deltaY > 0 ? 1.15 : 1 / 1.15);
  }

  #key(event) {
    const action = KEYS[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    if (action(this.surface, event.shiftKey ? 10 : 1) === false) return;
    event.preventDefault();
    event.stopPropagation();
  }
}

const KEYS = {
  ArrowLeft: (surface, by) => surface.step(-by, 0),
  ArrowRight: (surface, by) => surface.step(by, 0),
  ArrowUp: (surface, by) => surface.step(0, by),
  ArrowDown: (surface, by) => surface.step(0, -by),
  PageUp: (surface) => surface.pan(10),
  PageDown: (surface) => surface.pan(-10),
  "+": (surface) => surface.zoom(1 / 1.3),
  "-": (surface) => surface.zoom(1.3),
  c: (surface) => surface.recentre(),
  C: (surface) => surface.recentre(),
  f: (surface) => surface.freeze(),
  F: (surface) => surface.freeze(),
  Escape: (surface) => surface.point(null),
};
