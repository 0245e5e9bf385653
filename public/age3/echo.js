// The form that sends a line to the echo handler and shows it come back.

import { milliseconds } from "./rtt.js";

const keep = 5;

export class EchoForm {
  #sent = [];

  constructor(socket, roundTrip) {
    const form = document.getElementById("echo-form");
    const log = document.getElementById("echo-log");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const input = form.elements.text;
      if (!socket.connected || input.value === "") return;
      this.#sent.push(performance.now());
      socket.emit("message", input.value);
      input.value = "";
    });
    roundTrip.others((answer) => {
      const sent = this.#sent.shift();
      if (sent === undefined) return;
      this.#show(log, String(answer), performance.now() - sent);
    });
    socket.on("disconnect", () => {
      this.#sent = []; // what was on its way does not come back
    });
  }

  #show(log, answer, took) {
    const item = document.createElement("li");
    const text = document.createElement("span");
    text.textContent = answer;
    const time = document.createElement("span");
    time.className = "at";
    time.textContent = `${milliseconds(took)} ms`;
    item.append(text, time);
    log.prepend(item);
    while (log.children.length > keep) log.lastElementChild.remove();
  }
}
