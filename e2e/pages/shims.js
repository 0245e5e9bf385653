// Makes today's browser one that has what a transport of old clients needs, and
// not what they would rather use. It runs before their script.
function pretend(transport, crossOrigin) {
  var Native = window.WebSocket;
  // Not "= undefined": the clients ask with "in".
  if (transport !== "websocket") delete window.WebSocket;
  // Without CORS they go over to JSONP.
  if (transport === "jsonp-polling" && crossOrigin) delete XMLHttpRequest.prototype.withCredentials;
  if (transport === "htmlfile") pretendActiveX();
  if (transport === "flashsocket") pretendFlash(Native);
}

// Internet Explorer's htmlfile is a document without a window of its own. A
// hidden frame is as good.
function pretendActiveX() {
  window.ActiveXObject = function (kind) {
    if (kind !== "htmlfile") throw new Error("no " + kind);
    var frame = document.createElement("iframe");
    frame.style.display = "none";
    document.body.appendChild(frame);
    frame.contentDocument.parentWindow = frame.contentWindow;
    return frame.contentDocument;
  };
  window.CollectGarbage = function () {};
  window.attachEvent = function (name, f) { window.addEventListener(name.slice(2), f); };
}

// The Flash program's side of web-socket-js, over the browser's own WebSocket.
function pretendFlash(Native) {
  var plugin = { description: "Shockwave Flash 32.0 r0", filename: "" };
  var types = { "application/x-shockwave-flash": { enabledPlugin: plugin } };
  Object.defineProperty(navigator, "plugins", { value: { "Shockwave Flash": plugin } });
  Object.defineProperty(navigator, "mimeTypes", { value: types });
  var init = MessageEvent.prototype.initMessageEvent;
  MessageEvent.prototype.initMessageEvent = function (type, bubbles, cancelable, data, origin, id, source) {
    init.call(this, type, bubbles, cancelable, data, origin || "", id || "", source, []);
  };
  // swfobject puts an <object> into the page.
  new MutationObserver(function (changes, observer) {
    var flash = document.getElementById("webSocketFlash");
    if (!flash || flash.nodeName !== "OBJECT") return;
    observer.disconnect();
    var sockets = {}, events = [];
    function note(event) {
      events.push(event);
      WebSocket.__onFlashEvent();
    }
    window.swf = flash.getAttribute("data");
    flash.setCallerUrl = flash.setDebug = function () {};
    flash.loadManualPolicyFile = function (url) { window.policyFile = url; };
    flash.receiveEvents = function () { return events.splice(0); };
    flash.create = function (n, url) {
      var s = sockets[n] = new Native(url);
      s.onopen = function () { note({ webSocketId: n, type: "open", readyState: 1 }); };
      s.onmessage = function (e) {
        note({ webSocketId: n, type: "message", readyState: 1, message: encodeURIComponent(e.data) });
      };
      s.onclose = function () { note({ webSocketId: n, type: "close", readyState: 3 }); };
    };
    flash.send = function (n, encoded) {
      sockets[n].send(decodeURIComponent(encoded));
      return -1; // all of it
    };
    flash.close = function (n) { sockets[n].close(); };
    WebSocket.__onFlashInitialized();
  }).observe(document, { childList: true, subtree: true });
}
