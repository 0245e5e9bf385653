// The card that says why there is no shell any more, and offers a new one.

export class EndedCard {
  text = "";

  #card;

  constructor(card, restart) {
    this.#card = card;
    card.querySelector("#new-shell").addEventListener("click", restart);
  }

  show(session) {
    const over = session.state === "ended" && session.end !== null;
    this.#card.hidden = !over;
    if (!over) return;
    const [title, text] = words(session.end);
    this.text = `${title}. ${text}`;
    this.#card.dataset.kind = session.end.kind;
    this.#card.querySelector("#ended-title").textContent = title;
    this.#card.querySelector("#ended-text").textContent = text;
    this.#card.querySelector("#new-shell").focus();
  }
}

function words(end) {
  switch (end.kind) {
    case "exit":
      return ["The shell has ended", `Its exit code was ${end.code}.`];
    case "error":
      return ["The shell did not start", end.message];
    case "closed":
      return ["The shell was closed", "The server ended it without an exit code."];
    default:
      return ["The connection was lost", "The shell ended with it, and so did what ran in it."];
  }
}
