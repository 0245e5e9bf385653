// A client of Engine.IO 4 that receives by a stream; see docs/protocols/streaming.md.
// base is the address of Engine.IO, transport eventsource or xhr-streaming. Of
// the returned object the page sets onopen, onmessage (text), onbinary (base64)
// and onclose.
function openStream(base, transport) {
  var sid = "", queue = [], posting = false, over = false, stop;
  var client = { streams: 0, send: function (text) { post("4" + text); }, sendBinary: function (b64) { post("b" + b64); } };

  function address(name) { return base + "?EIO=4&transport=" + name + (sid && "&sid=" + encodeURIComponent(sid)); }

  // The farewell goes on a connection of its own: were the stream given up before
  // its answer, that could come first, and the farewell be nobody's.
  client.close = function () { post("1"); };

  function end() {
    if (over) return;
    over = true;
    stop();
    if (client.onclose) client.onclose();
  }

  // What an answer consists of.
  function value(v) {
    if (v === null) {
      stop();
      receive();
      return;
    }
    switch (v.charAt(0)) {
    case "0":
      sid = JSON.parse(v.slice(1)).sid;
      if (client.onopen) client.onopen();
      break;
    case "1": end(); break;
    case "2": post("3"); break;
    case "4": client.onmessage(v.slice(1)); break;
    case "b": client.onbinary(v.slice(1)); break;
    }
  }

  function receive() {
    client.streams++;
    if (transport === "eventsource") {
      var source = new EventSource(address(transport));
      stop = function () { source.close(); };
      source.onmessage = function (e) { value(JSON.parse(e.data)); };
      source.onerror = end; // without null before it
      return;
    }
    var request = new XMLHttpRequest(), read = 0, stopped = false;
    stop = function () {
      stopped = true;
      request.abort();
    };
    request.open("GET", address(transport));
    request.onreadystatechange = function () {
      if (request.readyState < 3 || request.status !== 200) {
        if (request.readyState === 4 && !stopped) end();
        return;
      }
      for (var at; !stopped && (at = request.responseText.indexOf("\n", read)) >= 0;) {
        var line = request.responseText.slice(read, at).trim();
        read = at + 1;
        if (line) value(JSON.parse(line));
      }
      if (request.readyState === 4 && !stopped) end();
    };
    request.send();
  }

  // One POST at a time.
  function post(packet) {
    if (packet) queue.push(packet);
    if (posting || !queue.length || over) return;
    posting = true;
    var request = new XMLHttpRequest();
    request.open("POST", address("polling"));
    request.setRequestHeader("Content-Type", "text/plain;charset=UTF-8");
    request.onload = request.onerror = function () {
      posting = false;
      if (request.status !== 200 || last === "1") end();
      else post();
    };
    var packets = queue.splice(0, 10), last = packets[packets.length - 1];
    request.send(packets.join("\x1e"));
  }

  receive();
  return client;
}
