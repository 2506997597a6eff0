// The keyboard, and the list of what it does.

const TYPING = "input, select, textarea, dialog[open], dialog[open] *";

export class Keys {
  /** `bound`: rows of [keys, what they do, function]; keys as browsers name them, shown as written. */
  constructor(dialog, bound) {
    this.dialog = dialog;
    this.does = new Map(bound.flatMap(([keys, , run]) => keys.split(" ").map((key) => [key, run])));
    const title = Object.assign(document.createElement("h2"), { textContent: "Keys" });
    const table = document.createElement("table");
    for (const [keys, text] of bound) {
      const row = table.insertRow();
      const cell = row.insertCell();
      for (const key of keys.split(" ")) {
        const shown = { ArrowLeft: "←", ArrowRight: "→", "+": "+", "=": "" }[key] ?? key;
        if (shown) cell.append(Object.assign(document.createElement("kbd"), { textContent: shown }), " ");
      }
      row.insertCell().textContent = text;
    }
    dialog.append(title, table);
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  open() {
    this.dialog.showModal();
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(TYPING)) return;
    // The order book has keys of its own while it is in focus.
    if (event.defaultPrevented) return;
    const run = this.does.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
    if (!run) return;
    event.preventDefault();
    run();
  }
}
