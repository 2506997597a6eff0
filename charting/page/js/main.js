// The page's beginning.

import { App } from "./app.js";
import { Settings } from "./settings.js";

const app = new App(new Settings());
app.open(app.settings.symbol);
// For who looks at the page from a console, and for tests.
window.truetick = app;
