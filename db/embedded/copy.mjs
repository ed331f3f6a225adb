// Finds COPY ... FROM STDIN in SQL text. The engine cannot ask a client for data in the middle of a
// call, so such a statement is answered here and runs together with its data.

const QUOTED = /'(?:[^'\\]|''|\\[\s\S])*'|"(?:[^"]|"")*"|(\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)[\s\S]*?\1|--[^\n]*/g

/** SQL without literals, quoted names and comments, so that words and semicolons mean what they say. */
function skeleton (sql) {
  return blockComments(sql).replace(QUOTED, ' x ')
}

function blockComments (sql) {
  // Block comments nest; they are taken away from the inside out.
  let text = sql
  for (;;) {
    const next = text.replace(/\/\*(?:(?!\/\*|\*\/)[\s\S])*\*\//g, ' ')
    if (next === text) return text
    text = next
  }
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
  return { kind: 'alone', isBinary: /\bstdin\b[^]*\bbinary\b/i.test(statements[0]) || /^copy\s+binary\b/i.test(statements[0]) }
}
