// One server per data folder: a lock file beside the folder holds the owner's pid and start time.
import { readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { Refused } from './refused.mjs'

const ATTEMPTS = 10
const ATTEMPT_MS = 100

/**
 * When a process started, where the system tells (Linux), so that a reused pid is not taken for it;
 * 'dead' for one that has ended and only waits for its parent.
 */
function startedAt (pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? 'dead' : fields[19]
  } catch {
    return null
  }
}

function isAlive ({ pid, started }) {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
  return !started || startedAt(pid) === started
}

/** Take the lock or throw an error that names its owner. Returns a function that gives it back. */
export function lockFolder (folder) {
  const file = `${folder}.lock`
  const mine = JSON.stringify({ pid: process.pid, started: startedAt(process.pid) })
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      writeFileSync(file, mine, { flag: 'wx' })
      return () => { if (read(file) === mine) unlinkSync(file) }
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const found = read(file)
    const owner = parse(found)
    if (!owner || !isAlive(owner)) {
      putAway(file, found)
    } else if (attempt < ATTEMPTS - 1) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ATTEMPT_MS) // it may be about to end
    } else {
      throw new Refused(`the data folder ${folder} is in use by the embedded server with pid ${owner.pid}; stop it first, or use another folder`)
    }
  }
  throw new Refused(`the data folder ${folder} is being taken by another embedded server at this moment; try again`)
}

/** Remove a lock whose owner is dead, unless somebody else has just replaced it. */
function putAway (file, stale) {
  const aside = `${file}.${process.pid}`
  try {
    renameSync(file, aside)
  } catch {
    return
  }
  if (read(aside) === stale) unlinkSync(aside)
  else renameSync(aside, file)
}

function read (file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

function parse (text) {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
