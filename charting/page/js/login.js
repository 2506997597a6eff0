// Where the server wants to know who asks: the token is given once, and a cookie stands for it.

import { unlock } from "./server.js";

export class Login {
  /** `onDone` is called once the server has taken the token. */
  constructor(dialog, onDone) {
    Object.assign(this, { dialog, onDone });
    const title = Object.assign(document.createElement("h2"), { textContent: "Token" });
    const text = "This server answers other machines to a token only: its IB_STREAM_TOKEN.";
    this.input = Object.assign(document.createElement("input"), {
      type: "password", autocomplete: "current-password", required: true, ariaLabel: "Token",
    });
    this.said = document.createElement("p");
    this.said.setAttribute("role", "alert");
    const form = document.createElement("form");
    const button = Object.assign(document.createElement("button"), { textContent: "Open the chart", className: "plain" });
    form.append(this.input, button);
    dialog.append(title, Object.assign(document.createElement("p"), { textContent: text }), form, this.said);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#give(this.input.value.trim());
    });
  }

  ask() {
    if (this.dialog.open) return;
    this.said.textContent = "";
    this.dialog.showModal();
    this.input.focus();
  }

  async #give(token) {
    try {
      await unlock(token);
    } catch (error) {
      this.said.textContent = error.status === 401 ? "that is not the token" : error.message;
      return;
    }
    this.input.value = "";
    this.dialog.close();
    this.onDone();
  }
}
