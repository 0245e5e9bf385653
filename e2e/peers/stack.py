"""A connection of Autobahn, for client.py and server.py."""

import asyncio


class Peer:
    """What WebSocketClientProtocol and WebSocketServerProtocol get mixed in:
    what arrives is put into inbox, a tuple that begins with its type."""

    def __init__(self):
        super().__init__()
        self.inbox = asyncio.Queue()

    def onMessage(self, payload, isBinary):
        self.inbox.put_nowait(("binary" if isBinary else "text", payload))

    def onPong(self, payload):
        self.inbox.put_nowait(("pong", payload))

    def onCloseFrame(self, code, reasonRaw):
        self.inbox.put_nowait(("close", code, reasonRaw))
        super().onCloseFrame(code, reasonRaw)

    def onClose(self, wasClean, code, reason):
        self.inbox.put_nowait(("end",))

    def text(self, data):
        self.sendMessage(data, isBinary=False)

    def binary(self, data):
        self.sendMessage(data, isBinary=True)

    def fragments(self, parts, binary):
        """One message in several frames, with a ping behind the first. The
        library ends it with an empty frame."""
        self.beginMessage(isBinary=binary)
        for i, part in enumerate(parts):
            self.sendMessageFrame(part)
            if i == 0:
                self.sendPing(b"between")
        self.endMessage()

    def together(self, send):
        """What send() sends goes out in one write."""
        frames = []
        self.sendData = lambda data, *args, **kwargs: frames.append(data)
        send()
        del self.sendData
        self.sendData(b"".join(frames))
