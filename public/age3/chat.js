// The chat page: a lobby to choose a name and a room, then the room.

import { ChatRoom } from "./chat_room.js";
import { Lines } from "./lines.js";
import { openPage } from "./page.js";
import { announce, showStrip } from "./status.js";

const byId = (id) => document.getElementById(id);

const { connection, echo, roundTrip } = openPage(2000);
showStrip(connection, roundTrip);

const room = new ChatRoom(connection.socket("/chat"));
const lines = new Lines(byId("lines"), byId("newest"));
const joinForm = byId("join-form");
const sayForm = byId("say-form");
const wanted = new URLSearchParams(location.search).get("room");
if (wanted) joinForm.elements.room.value = wanted.slice(0, 40);

function explain(id, text) {
  byId(id).textContent = text;
  byId(id).hidden = text === "";
}

function showPeople(people) {
  byId("people").replaceChildren(
    ...people.map((name) => {
      const item = document.createElement("li");
      item.textContent = name;
      if (name === room.name) item.className = "me";
      return item;
    }),
  );
}

/** Keeps the room in the address, so that it can be passed on. */
function rememberRoom(name) {
  const url = new URL(location.href);
  if (name) url.searchParams.set("room", name);
  else url.searchParams.delete("room");
  history.replaceState(null, "", url);
}

function showRoom() {
  byId("lobby").hidden = true;
  byId("room").hidden = false;
  byId("room-title").textContent = room.room;
  byId("room-me").textContent = room.name;
  lines.me = room.name;
  rememberRoom(room.room);
  sayForm.elements.text.focus();
}

function showLobby() {
  byId("room").hidden = true;
  byId("lobby").hidden = false;
  joinForm.elements.name.focus();
}

joinForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  explain("join-error", "");
  byId("join-button").disabled = true;
  const answer = await room.join(joinForm.elements.name.value.trim(), joinForm.elements.room.value.trim());
  byId("join-button").disabled = false;
  if (answer.ok) showRoom();
  else explain("join-error", answer.error);
});

sayForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  const input = sayForm.elements.text;
  const text = input.value;
  if (text.trim() === "") return;
  explain("say-error", "");
  input.value = "";
  const answer = await room.say(text);
  if (answer.ok) return;
  explain("say-error", answer.error);
  if (input.value === "") input.value = text; // nothing that was typed is lost
});

byId("leave-button").addEventListener("click", () => {
  room.leave();
  rememberRoom("");
  showLobby();
});

room.onHistory = (history) => lines.fill(history);
room.onLine = (line) => lines.add(line);
room.onPeople = showPeople;
room.onLost = (reason) => {
  explain("join-error", reason);
  announce(reason);
  showLobby();
};

if (echo) echo.connect();
room.connect();
joinForm.elements.name.focus();
