// Who a client is and what its session looks like: password check and the SQL that a turn begins with.
import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(pbkdf2)

// The engine starts with odd values (enable_seqscan off, debug messages, search_path pg_catalog).
const USUAL = [
  ['enable_seqscan', 'on'],
  ['allow_system_table_mods', 'off'],
  ['client_min_messages', 'notice'],
  ['TimeZone', 'UTC'],
  ['search_path', '"$user", public']
]
const NOT_SETTINGS = new Set(['user', 'database', 'options', 'replication'])
const IDENTITY = new Set(['role', 'session_authorization'])

export const LEAVE = `
  reset role; set session authorization postgres; close all; reset all; deallocate all; unlisten *;
  select pg_catalog.pg_advisory_unlock_all(); discard temp; discard sequences`

export const SNAPSHOT = `
  select name, setting from pg_catalog.pg_settings
  where source = 'session' and (context = 'user' or pg_catalog.current_setting('is_superuser') = 'on')
  union all select 'session_authorization', session_user
  union all select 'role', pg_catalog.current_setting('role')`

export const REPORTED = [
  'server_version', 'server_encoding', 'client_encoding', 'application_name', 'is_superuser',
  'session_authorization', 'DateStyle', 'IntervalStyle', 'TimeZone', 'integer_datetimes',
  'standard_conforming_strings', 'default_transaction_read_only', 'in_hot_standby', 'scram_iterations'
]

export const literal = text => /\\/.test(text)
  ? ` E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
  : `'${text.replaceAll("'", "''")}'`
export const identifier = name => `"${name.replaceAll('"', '""')}"`

const setAll = settings => settings.length
  ? `select ${settings.map(([name, value]) => `pg_catalog.set_config(${literal(name)}, ${literal(value)}, false)`).join(', ')};`
  : ''

export const reportedQuery = `select ${REPORTED.map(name => `pg_catalog.current_setting('${name}')`).join(', ')}`

export const roleQuery = user => `
  select r.rolname, r.rolcanlogin, r.rolpassword,
         coalesce(r.rolvaliduntil < pg_catalog.now(), false), s.setconfig
  from pg_catalog.pg_authid as r
  left join (
      select pg_catalog.json_agg(c.setting order by d.setrole, d.setdatabase) as setconfig
      from pg_catalog.pg_db_role_setting as d, lateral unnest(d.setconfig) as c (setting)
      where (d.setrole = 0 or d.setrole = (select oid from pg_catalog.pg_authid where rolname = ${literal(user)}))
        and (d.setdatabase = 0
             or d.setdatabase = (select oid from pg_catalog.pg_database where datname = current_database()))
  ) as s on true
  where r.rolname = ${literal(user)}`

/** Role settings ("name=value" texts) as pairs, without those that would change who one is. */
export function roleSettings (json) {
  return JSON.parse(json ?? '[]')
    .map(text => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)])
    .filter(([name]) => !IDENTITY.has(name.toLowerCase()))
}

/** What a client asked for when it connected: direct parameters and `options=-c name=value`. */
export function startupSettings (parameters) {
  const settings = []
  const words = (parameters.get('options') ?? '').match(/(?:\\[\s\S]|[^\s\\])+/g) ?? []
  const plain = words.map(word => word.replace(/\\([\s\S])/g, '$1'))
  for (let i = 0; i < plain.length; i++) {
    let text = plain[i]
    if (text === '-c') text = plain[++i] ?? ''
    else if (text.startsWith('-c')) text = text.slice(2)
    else if (text.startsWith('--')) text = text.slice(2)
    else throw new Error(`the embedded server does not know the start-up option ${text}`)
    const at = text.indexOf('=')
    if (at < 1) throw new Error(`the start-up option ${text} has no value`)
    settings.push([text.slice(0, at).replaceAll('-', '_'), text.slice(at + 1)])
  }
  for (const [name, value] of parameters) {
    if (!NOT_SETTINGS.has(name) && !name.startsWith('_pq_.')) settings.push([name, value])
  }
  return settings
}

/**
 * How a turn of this session begins: `asSuperuser` runs first (role settings may need it), the
 * worker then guards whoever is no superuser, and `asClient` restores the client's own settings.
 */
export function turnSql (session) {
  const settings = session.settings ?? session.startup
  const own = settings.filter(([name]) => !IDENTITY.has(name))
  const was = new Map(settings.filter(([name]) => IDENTITY.has(name)))
  const identity = []
  const authorization = was.get('session_authorization')
  if (authorization && authorization !== session.user) identity.push(`set session authorization ${literal(authorization)};`)
  if (was.has('role') && was.get('role') !== 'none') identity.push(`set role ${literal(was.get('role'))};`)
  return {
    asSuperuser: setAll([...USUAL, ...session.roleSettings]) +
      `set session authorization ${identifier(session.user)};` +
      `select oid, rolsuper from pg_catalog.pg_roles where rolname = ${literal(session.user)}`,
    asClient: setAll(own) + identity.join('')
  }
}

/** True where the password fits what pg_authid stores (SCRAM-SHA-256 or md5). */
export async function passwordFits (user, password, stored) {
  if (!stored || !password) return false
  const scram = /^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):(.+)$/.exec(stored)
  if (!scram) {
    const md5 = 'md5' + createHash('md5').update(password + user).digest('hex')
    return same(Buffer.from(stored), Buffer.from(md5))
  }
  const [, iterations, salt, storedKey] = scram
  const salted = await derive(password.normalize('NFKC'), Buffer.from(salt, 'base64'), Number(iterations), 32, 'sha256')
  const clientKey = createHmac('sha256', salted).update('Client Key').digest()
  return same(createHash('sha256').update(clientKey).digest(), Buffer.from(storedKey, 'base64'))
}

const same = (a, b) => a.length === b.length && timingSafeEqual(a, b)
