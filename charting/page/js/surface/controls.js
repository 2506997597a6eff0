// The bar above the surface and its settings.

const SETTINGS = `
  <label>Column <select data-set="span">
    <option value="250">¼ s</option><option value="1000">1 s</option><option value="5000">5 s</option>
  </select></label>
  <label>Cut-off <select data-set="mode">
    <option value="percentile">percentile</option><option value="exact">exact size</option>
  </select></label>
  <label>from <input type="number" data-set="low" min="0" step="any" inputmode="decimal"></label>
  <label>to <input type="number" data-set="high" min="0" step="any" inputmode="decimal"></label>
  <label>Contrast <input type="range" data-set="contrast" min="-2" max="2" step="any"></label>
  <label><input type="checkbox" data-set="dots"> trades</label>`;

const BUTTONS = [
  ["recentre", "C", "Recentre", "Follow the market again (C)"],
  ["freeze", "F", "Freeze", "Hold the picture; what comes is kept (F)"],
  ["out", "−", "", "Show more prices (−)"],
  ["in", "+", "", "Show fewer prices (+)"],
  ["settings", "⚙", "", "Settings: colours, columns, trades"],
];

/** Elements in `root`; they do what they say to `surface`. */
export class Controls {
  constructor(root, surface) {
    root.innerHTML = `<span class="surface-title"></span><span class="surface-state" role="status"></span>
      <span class="surface-buttons">${BUTTONS.map(button).join("")}</span>
      <form class="surface-settings" hidden aria-label="Settings of the surface">${SETTINGS}</form>`;
    this.root = root;
    this.form = root.querySelector("form");
    root.addEventListener("click", (event) => {
      const name = event.target.closest("button")?.dataset.act;
      if (name === "settings") this.#toggle();
      else if (name) ACTIONS[name](surface);
    });
    this.form.addEventListener("input", ({ target }) => {
      if (target.validity.valid && target.value !== "") surface.set(target.dataset.set, valueOf(target));
    });
    this.form.addEventListener("submit", (event) => event.preventDefault());
  }

  /** Show what is set. */
  show({ span, dots, scale: { mode, low, high, contrast } }) {
    const values = { span, dots, mode, low, high, contrast: Math.log2(contrast) };
    for (const [name, value] of Object.entries(values)) {
      const field = this.form.querySelector(`[data-set="${name}"]`);
      if (field.type === "checkbox") field.checked = value;
      else if (Number(field.value) !== value) field.value = value;
    }
  }

  title(text) {
    this.root.querySelector(".surface-title").textContent = text;
  }

  /** A word on how it stands: it is read aloud when it changes. */
  state(text, kind) {
    const element = this.root.querySelector(".surface-state");
    if (element.textContent === text) return;
    element.textContent = text;
    element.dataset.kind = kind;
  }

  pressed(name, on) {
    this.root.querySelector(`[data-act="${name}"]`).setAttribute("aria-pressed", String(on));
  }

  #toggle() {
    this.form.hidden = !this.form.hidden;
    const button = this.root.querySelector('[data-act="settings"]');
    button.setAttribute("aria-expanded", String(!this.form.hidden));
    if (!this.form.hidden) this.form.querySelector("select").focus();
  }
}

const ACTIONS = {
  recentre: (surface) => surface.recentre(),
  freeze: (surface) => surface.freeze(),
  out: (surface) => surface.zoom(1.3),
  in: (surface) => surface.zoom(1 / 1.3),
};

function valueOf({ type, checked, value, dataset }) {
  if (type === "checkbox") return checked;
  if (dataset.set === "mode") return value;
  return dataset.set === "contrast" ? 2 ** Number(value) : Number(value);
}

function button([name, sign, word, help]) {
  const shown = word || sign;
  const state = { settings: 'aria-expanded="false"', freeze: 'aria-pressed="false"', recentre: 'aria-pressed="true"' }[name] ?? "";
  return `<button type="button" data-act="${name}" title="${help}" aria-label="${help}" ${state}>${shown}</button>`;
}
