// Prepared statements end with a client's turn (DEALLOCATE ALL), which clients do not expect. Each
// client's Parse messages are remembered and sent again before the first use in a later turn.
import { cString } from './wire.mjs'

const PARSE = 0x50
const BIND = 0x42
const DESCRIBE = 0x44
const CLOSE = 0x43
const STATEMENT = 0x53

function named (one) {
  switch (one[0]) {
    case PARSE: return ['parse', cString(one, 5)[0]]
    case BIND: return ['use', cString(one, cString(one, 5)[1])[0]]
    case DESCRIBE: return one[5] === STATEMENT ? ['use', cString(one, 6)[0]] : null
    case CLOSE: return one[5] === STATEMENT ? ['close', cString(one, 6)[0]] : null
    default: return null
  }
}

export class Statements {
  #known = new Map()
  #live = new Set()

  /** Another turn has begun: the backend has forgotten everything. */
  newTurn () {
    this.#live.clear()
  }

  clear () {
    this.#known.clear()
    this.#live.clear()
  }

  /** What has to be parsed again before this unit, and the unit's own Parse messages. */
  plan (messages) {
    const again = []
    const own = []
    const here = new Set()
    for (const one of messages) {
      const [what, name] = named(one) ?? []
      if (what === 'parse') {
        own.push([name, one])
        here.add(name)
      } else if (what === 'close') {
        this.#known.delete(name)
        this.#live.delete(name)
        here.add(name)
      } else if (what === 'use' && !here.has(name) && !this.#live.has(name) && this.#known.has(name)) {
        again.push([name, this.#known.get(name)])
        here.add(name)
      }
    }
    return { again, own }
  }

  /** Note what the backend has parsed (`parsed` counts its ParseComplete answers). */
  settle ({ again, own }, parsed) {
    for (const [name] of again.slice(0, parsed)) this.#live.add(name)
    for (const [name, one] of own.slice(0, Math.max(parsed - again.length, 0))) {
      this.#known.set(name, Buffer.from(one))
      this.#live.add(name)
    }
  }
}
