// The server under test on npm's ws. For its commands see package process. It
// wants node --expose-gc.
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { WebSocketServer } from 'ws'

const server = createServer()
const sockets = new WebSocketServer({ server, perMessageDeflate: false })

sockets.on('connection', (socket) => {
  socket.on('error', () => {})
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
})

const commands = createInterface({ input: process.stdin })
commands.on('line', (line) => {
  if (line === 'gc') {
    globalThis.gc()
    globalThis.gc()
    console.log('done')
    return
  }
  const text = line.slice('broadcast '.length)
  for (const socket of sockets.clients) socket.send(text)
})
commands.on('close', () => process.exit(0))

server.listen(0, '127.0.0.1', 8192, () => {
  const { address, port } = server.address()
  console.log(`listening on ${address}:${port}`)
})
