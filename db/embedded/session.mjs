// One client connection: start-up, login, then units of messages, each run in its turn.
import { randomBytes } from 'node:crypto'
import { REPORTED, passwordFits, roleSettings, startupSettings, turnSql } from './roles.mjs'
import { Statements } from './statements.mjs'
import { Units } from './units.mjs'
import * as wire from './wire.mjs'

const LOGIN_LIMIT_MS = 60_000
const PENDING_LIMIT = 64 * 1024 * 1024
const REFUSE_COPY = `do $$ begin raise exception using errcode = '0A000',
  message = 'the embedded server runs COPY FROM STDIN only as the single statement of a simple query'; end $$`

export class Session {
  user = ''
  startup = [] // settings asked for at connection
  roleSettings = []
  settings = null // what was set when the last turn ended
  secret = randomBytes(4).readInt32BE(0)
  #application = ''
  #parameters = null
  #reader = new wire.Reader()
  #units = new Units()
  #statements = new Statements()
  #stage = 'startup' // then password, ready, gone
  #queue = []
  #pendingBytes = 0
  #isRunning = false
  #isSkipping = false // after an error, all messages up to the next Sync
  #isOpen = false // a transaction of ours is open in the backend
  #loginTimer

  /** `server` is {database, turns, sessions, databaseName}. */
  constructor (pid, socket, server) {
    this.pid = pid
    this.socket = socket
    this.server = server
    socket.setNoDelay(true)
    socket.on('data', bytes => this.#receive(bytes))
    socket.on('error', () => {})
    socket.on('close', () => this.#leave())
    this.#loginTimer = setTimeout(() => socket.destroy(), LOGIN_LIMIT_MS)
  }

  describe () {
    const application = this.#application ? `, application ${this.#application}` : ''
    return `connection ${this.pid} (user ${this.user}${application})`
  }

  /** Say why, and close. */
  terminate (error) {
    if (this.#stage === 'gone') return
    this.socket.end(wire.errorResponse({ severity: 'FATAL', ...error }))
    this.#leave()
  }

  /** Reaches only a client that waits: what runs cannot be stopped. */
  cancel () {
    this.server.turns.giveUp(this, 'canceling statement due to user request', '57014')
  }

  #receive (bytes) {
    if (this.#stage === 'gone') return
    this.#reader.push(bytes)
    this.#pendingBytes += bytes.length
    try {
      for (let packet; this.#stage === 'startup' && (packet = this.#reader.startup());) this.#onStartup(packet)
      if (this.#stage === 'startup') return
      for (let one; this.#stage !== 'gone' && (one = this.#reader.message());) this.#onMessage(one)
    } catch (error) {
      this.terminate({ code: '08P01', message: `protocol violation: ${error.message}` })
    }
    if (this.#pendingBytes > PENDING_LIMIT && this.#queue.length) this.socket.pause()
  }

  #onStartup ({ code, body }) {
    if (code === wire.SSL_REQUEST || code === wire.GSSENC_REQUEST) {
      this.socket.write('N')
    } else if (code === wire.CANCEL_REQUEST) {
      const other = this.server.sessions.get(body.readInt32BE(0))
      if (other?.secret === body.readInt32BE(4)) other.cancel()
      this.socket.end()
      this.#leave()
    } else if (code >> 16 !== 3) {
      this.terminate({ code: '0A000', message: `the embedded server speaks protocol 3.0, not ${code >> 16}.${code & 0xffff}` })
    } else {
      this.#parameters = wire.startupParameters(body)
      this.user = this.#parameters.get('user') ?? ''
      this.#application = this.#parameters.get('application_name') ?? ''
      if (code !== wire.PROTOCOL_3) this.socket.write(wire.negotiateVersion())
      this.socket.write(wire.askPassword())
      this.#stage = 'password'
    }
  }

  #onMessage (one) {
    if (one[0] === 0x58) { // Terminate: what was sent before it still runs
      this.#enqueue({ kind: 'goodbye' })
    } else if (this.#stage === 'password') {
      if (one[0] !== 0x70) throw new Error('a password was expected')
      this.#stage = 'ready'
      this.#enqueue({ kind: 'login', password: wire.cString(one, 5)[0] })
    } else {
      const unit = this.#units.add(one)
      if (unit) this.#enqueue(unit)
    }
  }

  #enqueue (unit) {
    this.#queue.push(unit)
    if (!this.#isRunning) this.#work()
  }

  async #work () {
    this.#isRunning = true
    try {
      for (let unit; this.#stage !== 'gone' && (unit = this.#queue.shift());) await this.#run(unit)
      this.#pendingBytes = 0
      if (this.socket.isPaused()) this.socket.resume()
    } catch (error) {
      const { code = 'XX000', message, detail, hint } = error
      this.terminate({ code, message, detail, hint })
    } finally {
      this.#isRunning = false
      if (this.#stage === 'gone') await this.#abandon()
    }
  }

  async #run (unit) {
    switch (unit.kind) {
      case 'goodbye':
        this.socket.end()
        return this.#leave()
      case 'login':
        await this.server.turns.acquire(this)
        return this.#login(unit.password)
      case 'copy-begin':
        return this.socket.write(wire.copyInResponse(unit.isBinary))
    }
    if (this.#isSkipping && !unit.isSync) return
    try {
      await this.server.turns.acquire(this)
    } catch (error) {
      return this.#notRun(unit, error)
    }
    if (this.#stage === 'gone') return
    await this.#send(this.#isSkipping ? { ...unit, kind: 'extended', messages: [wire.SYNC] } : unit)
  }

  /** No turn came: an error, and the client may go on. */
  #notRun (unit, error) {
    const answer = [wire.errorResponse(error)]
    this.#isSkipping = unit.isExtended && !unit.isSync
    if (!this.#isSkipping) answer.push(wire.readyForQuery('I'))
    this.socket.write(Buffer.concat(answer))
  }

  async #login (password) {
    const { database, turns, databaseName, sessions } = this.server
    const { row } = await database.request('role', { user: this.user })
    const [name, canLogin, stored, isExpired, settings] = row ?? []
    if (!await passwordFits(this.user, password, stored) || isExpired === 't') {
      return this.terminate({ code: '28P01', message: `password authentication failed for user "${this.user}"` })
    }
    if (canLogin !== 't') return this.terminate({ code: '28000', message: `role "${name}" is not permitted to log in` })
    const wanted = this.#parameters.get('database') ?? this.user
    if (wanted !== databaseName) {
      const hint = `The embedded server has one database; connect with dbname=${databaseName}.`
      return this.terminate({ code: '3D000', message: `database "${wanted}" does not exist`, hint })
    }
    this.startup = startupSettings(this.#parameters)
    this.roleSettings = roleSettings(settings)
    const { reported } = await database.request('begin', { turn: this.#turn() })
    if (this.#stage === 'gone') return
    database.current = this
    clearTimeout(this.#loginTimer)
    sessions.set(this.pid, this)
    this.socket.write(Buffer.concat([
      wire.authenticationOk(),
      ...REPORTED.map((setting, i) => wire.parameterStatus(setting, reported[i])),
      wire.backendKeyData(this.pid, this.secret),
      wire.readyForQuery('I')
    ]))
    turns.release(this)
  }

  #turn () {
    return { session: this.pid, ...turnSql(this) }
  }

  async #send (unit) {
    const { database, turns } = this.server
    const isSetUp = database.current === this
    if (!isSetUp) this.#statements.newTurn()
    const messages = unit.kind === 'refused' ? refusal(unit) : unit.messages
    const plan = this.#statements.plan(messages)
    const report = await database.request('unit', {
      session: this.pid,
      turn: isSetUp ? null : this.#turn(),
      messages: [...plan.again.map(([, parse]) => parse), ...messages],
      isExtended: unit.isExtended,
      isCopy: unit.kind === 'copy',
      maySet: messages.some(one => one.includes('set_config'))
    })
    database.current = this
    this.#statements.settle(plan, report.parsed)
    if (report.forgetsStatements) this.#statements.clear()
    const data = Buffer.from(report.data.buffer, report.data.byteOffset, report.data.length)
    this.#isSkipping = report.isError && unit.isExtended && !unit.isSync
    this.#isOpen = report.status !== 'I'
    if (this.#stage === 'gone') return
    // The client does not know of statements parsed again, and has had its CopyInResponse.
    const parsed = wire.withoutFirst(data, '1', plan.again.length)
    this.socket.write(wire.withoutFirst(parsed, 'G', unit.kind === 'copy' ? 1 : 0))
    if (this.#isOpen) return turns.keep(this)
    if (report.forgetsUsual) { // RESET gave the engine's odd values: set the usual ones again
      await database.request('leave')
    }
    turns.release(this)
  }

  /** Nothing more is read from the client; what is running comes to its end first. */
  #leave () {
    if (this.#stage === 'gone') return
    this.#stage = 'gone'
    clearTimeout(this.#loginTimer)
    this.#queue = []
    this.server.sessions.delete(this.pid)
    this.server.turns.giveUp(this, 'the client has gone', '08006')
    if (!this.#isRunning) this.#abandon()
  }

  async #abandon () {
    const { database, turns } = this.server
    if (!turns.holds(this)) return
    try {
      if (this.#isOpen) await database.request('abandon')
    } catch (error) {
      console.error(`event=abandon connection=${this.pid} error=${JSON.stringify(error.message)}`)
    } finally {
      this.#isOpen = false
      turns.release(this)
    }
  }
}

function refusal (unit) {
  if (!unit.isExtended) return [wire.query(REFUSE_COPY)]
  const none = Buffer.from([0, 0])
  return [
    wire.message('P', '', REFUSE_COPY, none),
    wire.message('B', '', '', none, none, none),
    wire.message('E', '', wire.int32(0)),
    unit.messages.at(-1)
  ]
}
