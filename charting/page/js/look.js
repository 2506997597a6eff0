// Themes: dark and light, each also in a palette that everybody can tell apart.

const root = document.documentElement;
const ORDER = [["dark", ""], ["light", ""], ["dark", "colour-blind"], ["light", "colour-blind"]];

export class Look {
  constructor(settings, onChange) {
    Object.assign(this, { settings, onChange });
    this.apply();
  }

  apply() {
    root.dataset.theme = this.settings.theme;
    if (this.settings.palette) root.dataset.palette = this.settings.palette;
    else delete root.dataset.palette;
    this.onChange();
  }

  next() {
    const { theme, palette } = this.settings;
    const at = ORDER.findIndex((each) => each[0] === theme && each[1] === palette);
    const chosen = ORDER[(at + 1) % ORDER.length];
    this.settings.set("theme", chosen[0]);
    this.settings.set("palette", chosen[1]);
    this.apply();
    return chosen.filter(Boolean).join(", ");
  }
}
