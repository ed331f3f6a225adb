// The MQTT 3.1.1 broker: sessions and queues in memory, so they last as long as this process.
import { createServer } from 'node:net'
import { Aedes } from 'aedes'

const LOG_EVERY_MS = 10_000
const OPTIONS = {
  concurrency: 10_000, // messages in flight at once; the default of 100 stalls behind one slow reader
  queueLimit: 10_000, // packets a client may send before its session is set up; the default is 42
  drainTimeout: 30_000 // a reader that takes nothing for so long is disconnected
}

/** Counts what was not delivered and logs the counts, not each message. */
class Dropped {
  #counts = new Map()
  #timer = null

  add (reason, client) {
    const key = `${reason} client=${client?.id ?? 'unknown'}`
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
    this.#timer ??= setTimeout(() => this.flush(), LOG_EVERY_MS).unref()
  }

  flush () {
    for (const [key, count] of this.#counts) console.error(`event=mqtt_dropped reason=${key} count=${count}`)
    this.#counts.clear()
    this.#timer = null
  }
}

export async function startBroker (listen) {
  const broker = await Aedes.createBroker(OPTIONS)
  const dropped = new Dropped()
  broker.on('clientError', (client, error) => dropped.add(`client_error error=${JSON.stringify(error.message)}`, client))
  broker.on('connectionError', (client, error) => dropped.add(`connection_error error=${JSON.stringify(error.message)}`, client))
  broker.on('keepaliveTimeout', client => dropped.add('keepalive_timeout', client))
  const server = createServer(socket => {
    socket.setNoDelay(true)
    broker.handle(socket)
  })
  const port = await listen(server)
  return {
    port,
    async close () {
      dropped.flush()
      server.close()
      await new Promise(resolve => broker.close(resolve))
    }
  }
}
