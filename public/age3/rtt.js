// Measures the round-trip time of an event through the echo handler.

const keep = 60;

export class RoundTrip {
  /** Milliseconds, the newest last. */
  samples = [];

  #socket;
  #watchers = [];
  #others = [];
  #sent = 0;
  #pending = "";
  #number = 0;

  /** socket is that of /echo; every is the pause between two measurements, in ms. */
  constructor(socket, every) {
    this.#socket = socket;
    socket.on("message", (answer) => this.#received(answer));
    socket.on("connect", () => {
      this.#pending = "";
      this.#measure();
    });
    setInterval(() => this.#measure(), every);
  }

  watch(watcher) {
    this.#watchers.push(watcher);
  }

  /** Calls listener with each answer that was not asked for by a measurement. */
  others(listener) {
    this.#others.push(listener);
  }

  get last() {
    return this.samples[this.samples.length - 1];
  }

  get median() {
    const sorted = [...this.samples].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
  }

  get slowest() {
    return Math.max(...this.samples);
  }

  #measure() {
    if (!this.#socket.connected || document.hidden) return;
    if (this.#pending && performance.now() - this.#sent < 5000) return;
    this.#pending = `rtt ${++this.#number}`;
    this.#sent = performance.now();
    this.#socket.emit("message", this.#pending);
  }

  #received(answer) {
    if (this.#pending === "" || answer !== this.#pending) {
      for (const listener of this.#others) listener(answer);
      return;
    }
    this.#pending = "";
    this.samples.push(performance.now() - this.#sent);
    if (this.samples.length > keep) this.samples.shift();
    for (const watcher of this.#watchers) watcher(this);
  }
}

/** Milliseconds for people: one decimal below ten. */
export function milliseconds(value) {
  return value < 9.95 ? value.toFixed(1) : String(Math.round(value));
}
