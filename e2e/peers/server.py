"""server.py: a server that sends every message back, but for the texts
"close", on which it closes with 4002 "told to", and "fragments", which it
answers in several with a ping between."""

import asyncio
import signal

from autobahn.asyncio.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateOfferAccept

from stack import Peer


class Server(Peer, WebSocketServerProtocol):
    def onMessage(self, payload, isBinary):
        if isBinary:
            self.binary(payload)
        elif payload == b"close":
            self.sendClose(4002, "told to")
        elif payload == b"fragments":
            self.fragments([b"in sev", b"eral pie", b"ces"], False)
        else:
            self.text(payload)


def accept(offers):
    for offer in offers:
        if isinstance(offer, PerMessageDeflateOffer):
            return PerMessageDeflateOfferAccept(offer)


async def main():
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    factory = WebSocketServerFactory()
    factory.protocol = Server
    factory.setProtocolOptions(perMessageCompressionAccept=accept, echoCloseCodeReason=True)
    server = await loop.create_server(factory, "127.0.0.1", 0)
    print("listening on", server.sockets[0].getsockname()[1], flush=True)
    await ended.wait()


asyncio.run(main())
