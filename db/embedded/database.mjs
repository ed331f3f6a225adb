// The main thread's side of the database thread: requests as promises, and word of its end.
import { EventEmitter } from 'node:events'
import { Worker } from 'node:worker_threads'

const STACK_MB = 24 // nested SQL functions nest calls here as well

export class Database extends EventEmitter {
  #worker
  #waiting = new Map()
  #next = 1
  current = null // the session that the backend is set up for, as far as this thread knows
  #isClosing = false

  /** Start the thread on a folder or 'memory'; resolves with {version, extension}. */
  start (folder) {
    this.#worker = new Worker(new URL('./database_worker.mjs', import.meta.url), {
      workerData: { folder },
      resourceLimits: { stackSizeMb: STACK_MB }
    })
    return new Promise((resolve, reject) => {
      const end = reason => {
        if (this.#isClosing) return
        reject(new Error(reason))
        this.emit('dead', reason)
      }
      this.#worker.on('message', message => {
        if (message.ready) resolve(message.ready)
        else if (message.failed) reject(new Error(message.failed))
        else if (message.died) end(`the database thread died: ${message.died}`)
        else this.#settle(message)
      })
      this.#worker.on('error', error => end(`the database thread died: ${error.message}`))
      this.#worker.on('exit', code => end(`the database thread ended with code ${code}`))
    })
  }

  #settle ({ id, error, ...result }) {
    const { resolve, reject } = this.#waiting.get(id) ?? {}
    this.#waiting.delete(id)
    if (result.left) this.emit('left', result.left)
    if (error) reject?.(Object.assign(new Error(error.message), error))
    else resolve?.(result)
  }

  request (op, rest = {}) {
    this.current = null // whoever asks says afterwards, when it went well
    const id = this.#next++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage({ id, op, ...rest })
    })
  }

  /** Close the engine so that everything is on disk, then end the thread. */
  async close () {
    this.#isClosing = true
    await this.request('close')
    await this.#worker.terminate()
  }
}
