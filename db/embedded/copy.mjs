// Finds COPY ... FROM STDIN in SQL text. The engine cannot ask a client for data in the middle of a
// call, so such a statement is answered here and runs together with its data.

// What may hold words and semicolons that are no statement, each matched where it begins.
const QUOTED = [
  /--[^\n]*/y,
  /(?<![\w$])[eE]'(?:[^'\\]|''|\\[^])*(?:'|$)/y,
  /'(?:[^']|'')*(?:'|$)/y,
  /"(?:[^"]|"")*(?:"|$)/y,
  /(?<![\w$])(\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)[^]*?(?:\1|$)/y
]

/** The offset after the block comment that begins at `at`; block comments nest. */
function afterComment (sql, at) {
  const edge = /\/\*|\*\//g
  edge.lastIndex = at
  let depth = 0
  for (let found; (found = edge.exec(sql));) {
    depth += found[0] === '/*' ? 1 : -1
    if (!depth) return edge.lastIndex
  }
  return sql.length
}

function afterQuoted (sql, at) {
  if (sql.startsWith('/*', at)) return afterComment(sql, at)
  for (const pattern of QUOTED) {
    pattern.lastIndex = at
    if (pattern.test(sql)) return pattern.lastIndex
  }
  return at
}

/** SQL with a blank for each literal, quoted name and comment. */
function skeleton (sql) {
  let text = ''
  const start = /[-eE'"$/]/g
  for (let at = 0; at < sql.length;) {
    start.lastIndex = at
    const found = start.exec(sql)
    if (!found) return text + sql.slice(at)
    const next = afterQuoted(sql, found.index)
    text += sql.slice(at, found.index) + (next > found.index ? ' ' : found[0])
    at = Math.max(next, found.index + 1)
  }
  return text
}

/**
 * {kind: 'none'}, {kind: 'alone', isBinary} for a single COPY FROM STDIN,
 * or {kind: 'among'} where it stands with other statements.
 */
export function copyFromStdin (sql) {
  if (!/\bcopy\b/i.test(sql) || !/\bstdin\b/i.test(sql)) return { kind: 'none' }
  const statements = skeleton(sql).split(';').map(text => text.trim()).filter(Boolean)
  if (!statements.some(text => /^copy\b[^]*\bfrom\s+stdin\b/i.test(text))) return { kind: 'none' }
  if (statements.length > 1) return { kind: 'among' }
  const isBinary = /\bbinary\b/i.test(statements[0].replace(/\([^)]*\)\s*from\b/i, 'from'))
  return { kind: 'alone', isBinary }
}
