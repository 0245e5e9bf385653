// Finds out why a connection failed, in words.

const words = {
  401: "You are signed out.",
  403: "The server refused this page's origin.",
  421: "The server does not answer for this host name.",
  429: "Too many connections from here. Trying again.",
};

// Trying again does not help against these.
const final = [401, 403, 421];

/**
 * What no attempt will change, or null: the address asks for a transport that
 * this browser does not have.
 */
export function hopeless(wanted, hasWebSocket) {
  if (wanted !== "websocket" || hasWebSocket) return null;
  return { status: 0, text: "This browser has no WebSocket, which was chosen. Choose", final: true, automatic: true };
}

/**
 * Reads the status out of a connection error; where the browser hides it (a
 * WebSocket's failure says nothing), asks for this page's own status.
 */
export async function diagnose(err) {
  let status = typeof err.description === "number" ? err.description : 0;
  let text = "";
  if (status) {
    text = serverMessage(err.context && err.context.responseText);
  } else {
    status = await statusOfPage();
  }
  return {
    status,
    text: words[status] || text || (status >= 400 ? `The server answered with status ${status}. Trying again.` : "The server does not answer. Trying again."),
    final: final.includes(status),
  };
}

function serverMessage(body) {
  try {
    return JSON.parse(body).message || "";
  } catch {
    return "";
  }
}

async function statusOfPage() {
  try {
    return (await fetch(location.pathname, { method: "HEAD", cache: "no-store" })).status;
  } catch {
    return 0; // nothing answers at all
  }
}
