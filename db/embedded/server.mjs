// The embedded server: TimescaleDB on a PostgreSQL port and an MQTT broker, in one process, for demo
// and tests. node server.mjs --data DIR|memory --pg-port N --mqtt-port N --password-file FILE
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Refused } from './refused.mjs'

const DATABASE_NAME = 'lotwatt'
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost'])
const STOP_LIMIT_MS = 10_000
const OPTIONS = {
  data: { type: 'string' },
  'pg-port': { type: 'string', default: '0' },
  'mqtt-port': { type: 'string', default: '0' },
  'password-file': { type: 'string' },
  host: { type: 'string', default: '127.0.0.1' },
  'wait-limit': { type: 'string', default: '120' },
  'idle-limit': { type: 'string', default: '30' }
}

function checkNode () {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 10)) {
    throw new Refused(`the embedded server needs Node 20.10 or newer, and this is ${process.versions.node}; install a newer Node`)
  }
}

function number (values, name, minimum, maximum) {
  const value = Number(values[name])
  if (values[name].trim() === '' || !(value >= minimum && value <= maximum)) {
    throw new Refused(`--${name} is "${values[name]}", and must be a number from ${minimum} to ${maximum}`)
  }
  return value
}

function readOptions () {
  let values
  try {
    values = parseArgs({ options: OPTIONS }).values
  } catch (error) {
    throw new Refused(error.message)
  }
  for (const name of ['data', 'password-file']) {
    if (!values[name]) throw new Refused(`--${name} is missing; see the first lines of server.mjs`)
  }
  if (!LOOPBACK.has(values.host)) {
    throw new Refused(`the embedded server listens on loopback only, and --host is "${values.host}"; use 127.0.0.1`)
  }
  return {
    host: values.host,
    data: values.data === 'memory' ? 'memory' : resolve(values.data),
    password: readPassword(values['password-file']),
    pgPort: number(values, 'pg-port', 0, 65535),
    mqttPort: number(values, 'mqtt-port', 0, 65535),
    waitLimit: number(values, 'wait-limit', 0.1, 86400),
    idleLimit: number(values, 'idle-limit', 0.1, 86400)
  }
}

function readPassword (file) {
  let password
  try {
    password = readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new Refused(`the password file ${file} cannot be read (${error.code}); write the password of user postgres into it`)
  }
  if (!password) throw new Refused(`the password file ${file} is empty; write the password of user postgres into it`)
  return password
}

function checkFolder (folder) {
  mkdirSync(dirname(folder), { recursive: true })
  if (existsSync(folder) && !existsSync(`${folder}/PG_VERSION`) && readdirSync(folder).length) {
    throw new Refused(`the data folder ${folder} holds something that is no database; use an empty or a new folder`)
  }
}

function listener (host, port, what) {
  return server => new Promise((resolve, reject) => {
    server.once('error', error => {
      const reason = error.code === 'EADDRINUSE'
        ? `port ${port} for ${what} is taken by another program; choose another one, or 0 for a free one`
        : `port ${port} for ${what} cannot be opened (${error.code})`
      reject(new Refused(reason))
    })
    server.listen(port, host, () => resolve(server.address().port))
  })
}

/** The database takes the password of the file; it is written only where it differs. */
async function setPassword (database, password) {
  const { literal, passwordFits } = await import('./roles.mjs')
  const { row } = await database.request('role', { user: 'postgres' })
  if (await passwordFits('postgres', password, row[2])) return
  await database.request('admin', { sql: `alter role postgres with password ${literal(password)}` })
}

function servePostgres (database, turns, Session, errorResponse) {
  const sessions = new Map()
  const state = { database, turns, sessions, databaseName: DATABASE_NAME, isReady: false }
  let pid = 0
  database.on('left', ({ session, settings }) => {
    const client = sessions.get(session)
    if (client) client.settings = [...client.startup, ...settings]
  })
  const server = createServer(socket => {
    if (state.isReady) return new Session(++pid, socket, state)
    socket.on('error', () => {})
    socket.end(errorResponse({ severity: 'FATAL', code: '57P03', message: 'the embedded server is starting' }))
  })
  return { server, state }
}

/** A unit that runs cannot be stopped; ending in the middle of it loses nothing that was committed. */
async function patience () {
  await setTimeout(STOP_LIMIT_MS)
  console.error(`event=stop_in_the_middle waited_ms=${STOP_LIMIT_MS}`)
}

async function main () {
  checkNode()
  const options = readOptions()
  // Loaded only now: an older Node could not even read these modules.
  const [{ Database }, { Session }, { Turns }, { startBroker }, { lockFolder }, { errorResponse }] = await Promise.all(
    ['database', 'session', 'turns', 'broker', 'lock', 'wire'].map(name => import(`./${name}.mjs`)))
  let unlock = () => {}
  if (options.data !== 'memory') {
    checkFolder(options.data)
    unlock = lockFolder(options.data)
    process.on('exit', unlock)
  }
  const database = new Database()
  const { server, state } = servePostgres(database, new Turns(options), Session, errorResponse)
  // Ports first: a taken one is told at once.
  const pgPort = await listener(options.host, options.pgPort, 'PostgreSQL')(server)
  const broker = await startBroker(listener(options.host, options.mqttPort, 'MQTT'))
  const started = await database.start(options.data)
  database.on('dead', reason => {
    console.error(`lotwatt embedded: ${reason}`)
    process.exit(1)
  })
  await setPassword(database, options.password)
  state.isReady = true

  let isStopping = false
  const stop = async signal => {
    if (isStopping) return
    isStopping = true
    console.error(`event=stop signal=${signal}`)
    server.close()
    for (const session of [...state.sessions.values()]) {
      session.terminate({ code: '57P01', message: 'terminating connection: the embedded server stops' })
    }
    await Promise.race([Promise.all([broker.close(), database.close()]), patience()])
    process.exit(0)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  console.log(JSON.stringify({ ready: true, pg_port: pgPort, mqtt_port: broker.port, ...started }))
}

main().catch(error => {
  console.error(`lotwatt embedded: ${error instanceof Refused ? error.message : error.stack}`)
  process.exit(1)
})
