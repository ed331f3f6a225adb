// Groups a client's messages into units: what runs in one go, up to Query, FunctionCall, Sync or Flush.
import { copyFromStdin } from './copy.mjs'
import { COPY_DONE, cString, message } from './wire.mjs'

const PARSE = 0x50
const COPY_PIECE = 1024 * 1024

export class Units {
  #collected = []
  #copy = null

  /** The unit that this message completes, or null. Kinds: simple, extended, copy-begin, copy, refused. */
  add (one) {
    const type = String.fromCharCode(one[0])
    if (this.#copy) return this.#copyData(type, one)
    if ('dcf'.includes(type)) return null // left over from a COPY that has failed already
    this.#collected.push(one)
    if (type === 'Q') return this.#query(one)
    if (type === 'F') return this.#take('simple')
    if (type !== 'S' && type !== 'H') return null
    const isSync = type === 'S'
    return this.#take(this.#collected.some(holdsCopy) ? 'refused' : 'extended', { isExtended: true, isSync })
  }

  #take (kind, more = {}) {
    const messages = this.#collected
    this.#collected = []
    return { kind, messages, isExtended: false, isSync: false, ...more }
  }

  #query (one) {
    const copy = copyFromStdin(cString(one, 5)[0])
    if (copy.kind === 'none') return this.#take('simple')
    if (copy.kind === 'among') return this.#take('refused')
    this.#copy = []
    return { kind: 'copy-begin', messages: [], isBinary: copy.isBinary }
  }

  #copyData (type, one) {
    if (type === 'd') this.#copy.push(one.subarray(5))
    if (type === 'c' || type === 'f') {
      const data = Buffer.concat(this.#copy)
      this.#copy = null
      for (let at = 0; at < data.length; at += COPY_PIECE) {
        this.#collected.push(message('d', data.subarray(at, at + COPY_PIECE)))
      }
      this.#collected.push(type === 'c' ? COPY_DONE : one)
      return this.#take('copy')
    }
    if (!'dHS'.includes(type)) throw new Error(`message ${type} while COPY data was expected`)
    return null
  }
}

function holdsCopy (one) {
  if (one[0] !== PARSE) return false
  return copyFromStdin(cString(one, cString(one, 5)[1])[0]).kind !== 'none'
}
