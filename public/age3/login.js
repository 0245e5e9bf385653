// Signs in with the token of an address that ends in "#t=TOKEN", and with the
// form. On every other page it only takes such a fragment out of the address.
// It is served as it stands, so it imports nothing and keeps to ECMAScript 2017.

const words = {
  401: "That token is not right. The server prints the right one when it starts.",
  403: "The server refused this page. Open the address exactly as it was printed.",
  429: "Too many attempts. Wait a minute, then try again.",
};

/** The token in "...#t=TOKEN", or "" if there is none. */
function tokenIn(text) {
  const match = /#t=([^&\s]+)/.exec(text);
  if (!match) return "";
  try {
    return decodeURIComponent(match[1]);
  } catch (err) {
    return match[1];
  }
}

/** Takes the token out of the address before anything else can see it. */
function takeToken() {
  const token = tokenIn(location.hash);
  if (token) history.replaceState(null, "", location.pathname + location.search);
  return token;
}

function explain(form, text) {
  const error = form.querySelector("#login-error");
  error.textContent = text;
  error.hidden = text === "";
}

async function refusal(answer) {
  let message = "";
  try {
    message = (await answer.json()).message;
  } catch (err) {
    // An answer without JSON gets our own words.
  }
  return message || words[answer.status] || "The server answered with status " + answer.status + ".";
}

async function signIn(form, token) {
  const button = form.querySelector("button");
  button.disabled = true;
  explain(form, "");
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams({ token }),
    });
    if (answer.ok) {
      location.replace(form.elements.next.value || "/");
      return;
    }
    explain(form, await refusal(answer));
  } catch (err) {
    explain(form, "The server did not answer. Is it still running?");
  }
  button.disabled = false;
  form.elements.token.focus();
}

const age = document.getElementById("age");
if (age) age.textContent = ""; // written by browsers that run modules and nomodule alike

const token = takeToken();
const form = document.getElementById("login");
if (form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = form.elements.token.value.trim();
    signIn(form, tokenIn(typed) || typed);
  });
  if (token) signIn(form, token);
}
addEventListener("hashchange", () => {
  const late = takeToken();
  if (late && form) signIn(form, late);
});
