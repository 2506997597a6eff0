// Themes: the user's, else the system's; with or without a palette that everybody can tell apart.

const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: light)");
const ORDER = [["dark", ""], ["light", ""], ["dark", "colour-blind"], ["light", "colour-blind"]];

export class Look {
  constructor(settings, onChange) {
    Object.assign(this, { settings, onChange });
    dark.addEventListener("change", () => settings.theme || this.apply());
    this.apply();
  }

  apply() {
    root.dataset.theme = this.settings.theme || (dark.matches ? "light" : "dark");
    if (this.settings.palette) root.dataset.palette = this.settings.palette;
    else delete root.dataset.palette;
    this.onChange();
  }

  next() {
    const at = ORDER.findIndex(
      ([theme, palette]) => theme === root.dataset.theme && palette === (root.dataset.palette || ""),
    );
    const [theme, palette] = ORDER[(at + 1) % ORDER.length];
    this.settings.set("theme", theme);
    this.settings.set("palette", palette);
    this.apply();
    return [theme, palette].filter(Boolean).join(", ");
  }
}
