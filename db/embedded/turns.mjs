// One backend serves everybody, so clients take turns: a turn lasts one unit of messages, or as long
// as a transaction is open. Waiting and idling are limited, and each error names who holds the turn.

const seconds = since => `${Math.max(0, Math.round((Date.now() - since) / 1000))} s`

export class NoTurn extends Error {
  constructor (message, code, hint) {
    super(message)
    this.code = code
    this.hint = hint
  }
}

export class Turns {
  #holder = null
  #since = 0
  #idleSince = 0
  #queue = []
  #idleTimer = null

  constructor ({ waitLimit, idleLimit }) {
    this.waitLimit = waitLimit
    this.idleLimit = idleLimit
  }

  holds (session) {
    return this.#holder === session
  }

  /** Resolves when it is this session's turn; rejects with NoTurn. */
  acquire (session) {
    if (this.#holder === session) {
      this.#setIdle(false)
      return Promise.resolve()
    }
    if (!this.#holder) {
      this.#give(session)
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const entry = { session, resolve, reject, timer: null }
      entry.timer = setTimeout(() => this.#drop(entry, this.#tooLong()), this.waitLimit * 1000)
      this.#queue.push(entry)
      this.#watchIdle()
    })
  }

  /** The unit is done but its transaction is open: the session keeps the turn. */
  keep (session) {
    if (this.#holder === session) this.#setIdle(true)
  }

  release (session) {
    if (this.#holder !== session) return
    this.#setIdle(false)
    this.#holder = null
    const next = this.#queue.shift()
    if (!next) return
    clearTimeout(next.timer)
    this.#give(next.session)
    next.resolve()
  }

  /** Takes a waiting session out of the queue; true where it waited. */
  giveUp (session, message, code) {
    const entry = this.#queue.find(one => one.session === session)
    if (entry) this.#drop(entry, new NoTurn(message, code))
    return Boolean(entry)
  }

  #give (session) {
    this.#holder = session
    this.#since = Date.now()
  }

  #drop (entry, reason) {
    clearTimeout(entry.timer)
    this.#queue = this.#queue.filter(one => one !== entry)
    entry.reject(reason)
  }

  #tooLong () {
    const state = this.#idleSince
      ? `idle in its transaction for ${seconds(this.#idleSince)}`
      : `busy for ${seconds(this.#since)}`
    return new NoTurn(
      `no turn within ${this.waitLimit} s: ${this.#holder.describe()} holds the embedded server, ${state}`,
      '55P03',
      'The embedded server runs one transaction at a time; commit or close the other one, or start it with a larger --wait-limit.')
  }

  #setIdle (isIdle) {
    this.#idleSince = isIdle ? Date.now() : 0
    this.#watchIdle()
  }

  #watchIdle () {
    clearTimeout(this.#idleTimer)
    this.#idleTimer = null
    if (!this.#idleSince || !this.#queue.length) return
    const left = this.#idleSince + this.idleLimit * 1000 - Date.now()
    this.#idleTimer = setTimeout(() => this.#endIdle(), Math.max(left, 0))
  }

  /** Idling is only ended while somebody waits: a transaction nobody minds may stay open. */
  #endIdle () {
    const holder = this.#holder
    if (!holder || !this.#idleSince || !this.#queue.length) return
    const waiting = this.#queue.map(entry => entry.session.describe()).join(', ')
    holder.terminate({
      code: '25P03',
      message: `terminating connection: ${holder.describe()} was idle in its transaction for ` +
        `${seconds(this.#idleSince)} and held the embedded server while others waited (${waiting})`,
      hint: 'Commit or roll back before the program does something else, or start the server with a larger --idle-limit.'
    })
  }
}
