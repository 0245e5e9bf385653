// The server under test on npm's socket.io. For its commands see package
// process. It wants node --expose-gc. The first argument is the package. With a
// folder as the second, which has cert.pem and key.pem, it speaks TLS.
import { readFileSync } from 'node:fs'
import * as http from 'node:http'
import * as https from 'node:https'
import { createInterface } from 'node:readline'

const [name, keys] = process.argv.slice(2)
const module = await import(name)
const Server = module.Server ?? module.default // the latter until 2.x
const server = keys
  ? https.createServer({ cert: readFileSync(`${keys}/cert.pem`), key: readFileSync(`${keys}/key.pem`) })
  : http.createServer()
const io = new Server(server)

io.on('connection', (socket) => {
  socket.on('echo', (text, ack) => ack(text))
  socket.on('shout', (text) => io.emit('news', text))
})

const commands = createInterface({ input: process.stdin })
commands.on('line', (line) => {
  if (line === 'gc') {
    globalThis.gc()
    globalThis.gc()
    console.log('done')
    return
  }
  io.emit('news', line.slice('broadcast '.length))
})
commands.on('close', () => process.exit(0))

server.listen(0, '127.0.0.1', 8192, () => {
  const { address, port } = server.address()
  console.log(`listening on ${address}:${port}`)
})
