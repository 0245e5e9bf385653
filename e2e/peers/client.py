"""client.py HOST:PORT LIMIT DIALECT...: a client of raw WebSockets against a
server that sends every message back and takes none of more than LIMIT bytes.
Each case is reported as one line of JSON: {"case":"...","error":"...","ms":12},
where an empty error means success. The cases are those of
TestForeignWebSocketClients."""

import asyncio
import json
import sys
import time

from autobahn.asyncio.websocket import WebSocketClientFactory, WebSocketClientProtocol
from autobahn.websocket.compress import (
    PerMessageDeflateOffer,
    PerMessageDeflateResponse,
    PerMessageDeflateResponseAccept,
)

from stack import Peer

address, limit, *dialects = sys.argv[1:]
host, port = address.split(":")
limit = int(limit)

PATIENCE = 15  # seconds a case may take
DRAFTS = {"Hybi08": 10, "RFC6455": 18}  # the library counts RFC 6455 as draft 18
SNOWMAN = "wörld ☃ 🎉!".encode()


class Client(Peer, WebSocketClientProtocol):
    def onOpen(self):
        self.inbox.put_nowait(("open",))

    async def expect(self, *want):
        got = await self.inbox.get()
        if got != want:
            raise AssertionError(f"received {got!r:.200}, want {want!r:.200}")

    async def echo(self, kind, *sent):
        for data in sent:
            getattr(self, kind)(data)
            await self.expect(kind, data)

    async def closed(self, code):
        kind, *rest = await self.inbox.get()
        if kind != "close" or rest[0] != code:
            raise AssertionError(f"received {kind} {rest!r:.200}, want a close with {code}")
        await self.expect("end")


def accept(response):
    if isinstance(response, PerMessageDeflateResponse):
        return PerMessageDeflateResponseAccept(response)


async def dial(dialect, compress):
    factory = WebSocketClientFactory(f"ws://{address}/ws/echo", origin=f"http://{address}")
    factory.protocol = Client
    offers = [PerMessageDeflateOffer()] if compress else []
    factory.setProtocolOptions(
        version=DRAFTS[dialect], perMessageCompressionOffers=offers, perMessageCompressionAccept=accept
    )
    _, peer = await asyncio.get_running_loop().create_connection(factory, host, int(port))
    await peer.expect("open")
    return peer


def scrambled(n):
    """All values of a byte, in no simple order."""
    return bytes((i * 167 + (i >> 8)) & 0xFF for i in range(n))


async def ping(peer):
    for data in (b"", b"are you there?"):
        peer.sendPing(data)
        await peer.expect("pong", data)


async def many(peer):
    sent = [b"message %d" % i for i in range(100)]
    peer.together(lambda: [peer.text(data) for data in sent])
    for data in sent:
        await peer.expect("text", data)


async def fragments(peer):
    # The cuts fall into characters.
    for kind in ("text", "binary"):
        peer.fragments([SNOWMAN[:2], SNOWMAN[2:9], SNOWMAN[9:]], kind == "binary")
        await peer.expect("pong", b"between")
        await peer.expect(kind, SNOWMAN)


async def client_closes(peer):
    await peer.echo("text", b"hello")
    peer.sendClose(4001, "enough ☃")
    await peer.closed(4001)


async def not_utf8(peer):
    peer.text(b"caf\xe9")
    await peer.closed(1007)


async def too_big(peer):
    peer.text(b"x" * (limit + 1))
    await peer.closed(1009)


async def compression(peer):
    if not peer.websocket_extensions_in_use:
        raise AssertionError("the server does not agree to compress")
    await peer.echo("text", b"again and " * 10_000)


CASES = {
    "ascii": lambda p: p.echo("text", b"hello", b"the second"),
    "utf-8": lambda p: p.echo("text", SNOWMAN, *(s.encode() for s in ("\u2028\u2029", "𝒳\u0301", "\U0010ffff\ufeff"))),
    "nul inside text": lambda p: p.echo("text", b"a\0b", b"\0", b"\0\0"),
    "empty message": lambda p: p.echo("text", b"", b"after", b""),
    "lengths of each header": lambda p: p.echo("text", *(b"n" * n for n in (1, 125, 126, 127, 65_535, 65_536))),
    "64 KiB": lambda p: p.echo("text", "☃x".encode() * 16_384),
    "1 MiB": lambda p: p.echo("text", b"everwire" * (limit // 8)),
    "binary": lambda p: p.echo("binary", scrambled(256), b"\xff\0\x80", b""),
    "binary of 1 MiB": lambda p: p.echo("binary", scrambled(limit)),
    "ping": ping,
    "many messages in one write": many,
    "fragments": fragments,
    "client closes": client_closes,
    "server closes: not UTF-8": not_utf8,
    "server closes: too big": too_big,
    "compression": compression,
}


async def main():
    for dialect in dialects:
        for name, test in CASES.items():
            compress = name == "compression"
            if compress and dialect != "RFC6455":
                continue
            began = time.monotonic()
            error = ""
            try:
                async with asyncio.timeout(PATIENCE):
                    peer = await dial(dialect, compress)
                    await test(peer)
                    if peer.transport:
                        peer.transport.abort()
            except TimeoutError:
                error = f"nothing more happened within {PATIENCE} s"
            except Exception as err:
                error = f"{type(err).__name__}: {err}"
            ms = round((time.monotonic() - began) * 1000)
            print(json.dumps({"case": f"{dialect}/{name}", "error": error, "ms": ms}), flush=True)


asyncio.run(main())
