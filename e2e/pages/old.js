// Conversations with the conformance server, one for each kind of client. What
// comes of one stands in window.result.
var report = { got: [] };

function finish() { window.result = report; }

function fail(what) {
  return function (reason) {
    report.failed = what + (reason ? ": " + reason : "");
    finish();
  };
}

// talk06 is for clients of 0.1 to 0.6, which have messages and nothing else.
function talk06(server, transport, messages) {
  var address = document.createElement("a");
  address.href = server;
  // The oldest clients ask in the words of those after them, who are taken for
  // the asker if nothing says otherwise. The cookie does in which they remember
  // the transport.
  var remember = /socket\.io=/.test(document.cookie);
  var socket = new io.Socket(address.hostname, {
    port: address.port, transports: [transport], rememberTransport: remember, reconnect: false, connectTimeout: 15000
  });
  var on = function (name, f) { (socket.on || socket.addEvent).call(socket, name, f); };
  // Those before 0.5 post each message without waiting for the answer to the one
  // before, in no order.
  var rest = remember ? messages.slice(1) : [];
  on("connect", function () {
    report.transport = socket.transport.type;
    for (var i = 0; i < messages.length - rest.length; i++) socket.send(messages[i]);
  });
  on("message", function (message) {
    report.got.push(message);
    if (rest.length) socket.send(rest.shift());
    if (report.got.length < messages.length) return;
    finish();
    // Not here: a client that polls would go on to its next poll.
    setTimeout(function () {
      try { socket.disconnect(); } catch (e) { /* some cannot */ }
    }, 0);
  });
  on("disconnect", function () { if (!window.result) fail("disconnect")(); });
  socket.connect();
}

// talk09 is for clients of 0.7 to 0.9: messages, JSON messages, then events with
// acknowledgements, one after the other.
function talk09(server, transport, messages) {
  io.transports = [transport];
  var socket = io.connect(server, { "force new connection": true, reconnect: false });
  var json = { list: [1, "</script>", null], text: "☃" }, left = messages.slice();
  socket.on("connect", function () {
    report.transport = socket.socket.transport.name;
    for (var i = 0; i < messages.length; i++) socket.send(messages[i]);
    socket.json.send(json);
  });
  socket.on("message", function (message) {
    report.got.push(message);
    if (report.got.length === messages.length + 1) ask();
  });
  report.acks = [];
  report.events = [];
  function ask() {
    var text = left.shift();
    if (text === undefined) {
      finish();
      return socket.disconnect();
    }
    socket.emit("echo", text, { n: left.length }, function (a, b) {
      report.acks.push([a, b]);
      ask();
    });
  }
  socket.on("echo", function (a, b) { report.events.push([a, b]); });
  socket.on("error", fail("error"));
  socket.on("connect_failed", fail("connect_failed"));
  socket.on("disconnect", function () { if (!window.result) fail("disconnect")(); });
}

// talk3 is for clients of 1.0 and later, by JSONP.
function talk3(server, transport, messages) {
  var socket = io(server, { transports: ["polling"], upgrade: false, forceJSONP: true, forceNew: true, reconnection: false });
  report.acks = [];
  report.events = [];
  socket.on("connect", function () {
    report.transport = socket.io.engine.transport.form !== undefined || document.querySelector("script[src*='j=']") ? "jsonp-polling" : "polling";
    var left = messages.slice();
    (function ask() {
      var text = left.shift();
      if (text === undefined) {
        // Clients of 1.0 cannot: the frame that they want to remove stands in a
        // form that is gone, and that error has them disconnect, and so on.
        if (io.protocol > 3) socket.disconnect();
        return finish();
      }
      socket.emit("echo", text, { n: left.length }, function (a, b) {
        report.acks.push([a, b]);
        ask();
      });
    })();
  });
  socket.on("echo", function (a, b) { report.events.push([a, b]); });
  socket.on("connect_error", fail("connect_error"));
}
