// The PostgreSQL wire protocol, version 3.0: framing in both directions, no state of a client.

export const PROTOCOL_3 = 196608
export const CANCEL_REQUEST = 80877102
export const SSL_REQUEST = 80877103
export const GSSENC_REQUEST = 80877104

// A message that ends exactly at the end of the backend's receive buffer (8 kB) makes what follows
// in the same call vanish, so one call carries at most this much of whole messages.
const CALL_LIMIT = 8192
const STARTUP_LIMIT = 10_000
const MESSAGE_LIMIT = 0x3fffffff

/** One message: a type letter, its own length, and strings (closed by a zero byte) or buffers. */
export function message (type, ...parts) {
  const body = Buffer.concat(parts.map(part => typeof part === 'string' ? Buffer.from(part + '\0') : part))
  const head = Buffer.alloc(5)
  head.write(type, 0, 'latin1')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

export function int32 (value) {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

export const query = sql => message('Q', sql)
export const SYNC = message('S')
export const COPY_DONE = message('c')
export const readyForQuery = status => message('Z', Buffer.from(status, 'latin1'))
export const authenticationOk = () => message('R', int32(0))
export const askPassword = () => message('R', int32(3))
export const parameterStatus = (name, value) => message('S', name, value)
export const backendKeyData = (pid, secret) => message('K', int32(pid), int32(secret))
export const negotiateVersion = () => message('v', int32(0), int32(0))

/** CopyInResponse without column formats: libpq accepts zero columns. */
export function copyInResponse (isBinary) {
  return message('G', Buffer.from([isBinary ? 1 : 0, 0, 0]))
}

/** ErrorResponse. `error` is {severity, code, message, detail, hint}. */
export function errorResponse ({ severity = 'ERROR', code = 'XX000', message: text, detail, hint }) {
  const fields = [['S', severity], ['V', severity], ['C', code], ['M', text], ['D', detail], ['H', hint]]
  const parts = fields.filter(([, value]) => value).map(([field, value]) => Buffer.from(`${field}${value}\0`))
  return message('E', ...parts, Buffer.from([0]))
}

/** The zero-terminated string at `offset`, and the offset after it. */
export function cString (bytes, offset) {
  const end = bytes.indexOf(0, offset)
  if (end < 0) throw new Error('string without its closing zero byte')
  return [bytes.toString('utf8', offset, end), end + 1]
}

/** Walk whole messages: calls visit(type letter, start, end) for each. */
export function eachMessage (bytes, visit) {
  let start = 0
  while (start + 5 <= bytes.length) {
    const end = start + 1 + bytes.readInt32BE(start + 1)
    visit(String.fromCharCode(bytes[start]), start, end)
    start = end
  }
}

/** An answer without its first `count` messages of a type. */
export function withoutFirst (bytes, unwanted, count) {
  if (!count) return bytes
  const kept = []
  let left = count
  let from = 0
  eachMessage(bytes, (type, start, end) => {
    if (type !== unwanted || !left) return
    left -= 1
    kept.push(bytes.subarray(from, start))
    from = end
  })
  kept.push(bytes.subarray(from))
  return Buffer.concat(kept)
}

/** Split messages into calls of at most CALL_LIMIT bytes, or one longer message. */
export function calls (messages) {
  const result = []
  let batch = []
  let size = 0
  for (const one of messages) {
    if (batch.length && size + one.length > CALL_LIMIT) {
      result.push(Buffer.concat(batch))
      batch = []
      size = 0
    }
    batch.push(one)
    size += one.length
  }
  if (batch.length) result.push(Buffer.concat(batch))
  return result
}

/** Collects bytes from a socket and gives whole messages back. */
export class Reader {
  #parts = []
  #size = 0

  push (bytes) {
    this.#parts.push(bytes)
    this.#size += bytes.length
  }

  #peek (count) {
    if (this.#size < count) return null
    if (this.#parts[0].length < count) this.#parts = [Buffer.concat(this.#parts)]
    return this.#parts[0]
  }

  #take (count) {
    const first = this.#peek(count)
    this.#size -= count
    if (first.length === count) this.#parts.shift()
    else this.#parts[0] = first.subarray(count)
    return first.subarray(0, count)
  }

  /** The next start-up packet (no type letter), or null while it is incomplete. */
  startup () {
    const head = this.#peek(4)
    if (!head) return null
    const length = head.readInt32BE(0)
    if (length < 8 || length > STARTUP_LIMIT) throw new Error(`start-up packet of ${length} bytes`)
    if (this.#size < length) return null
    const packet = this.#take(length)
    return { code: packet.readInt32BE(4), body: packet.subarray(8) }
  }

  /** The next message with its head, or null while it is incomplete. */
  message () {
    const head = this.#peek(5)
    if (!head) return null
    const length = head.readInt32BE(1)
    if (length < 4 || length > MESSAGE_LIMIT) throw new Error(`message of ${length} bytes`)
    return this.#size < length + 1 ? null : this.#take(length + 1)
  }
}

/** The parameters of a start-up packet as a Map of lower-cased names. */
export function startupParameters (body) {
  const parameters = new Map()
  let offset = 0
  while (offset < body.length && body[offset] !== 0) {
    let name, value
    ;[name, offset] = cString(body, offset)
    ;[value, offset] = cString(body, offset)
    parameters.set(name.toLowerCase(), value)
  }
  return parameters
}
