// What the AI SDK's own client makes of a server's answer: jobs as JSON on standard input, one line for each.
// Run in a folder that has the npm package `ai` (4: also @ai-sdk/ui-utils); see sdks.py for the jobs.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const require = createRequire(process.cwd() + '/x.js')
const load = async (name) => import(pathToFileURL(require.resolve(name)).href)
const asText = (parts) => parts.filter((part) => part.type === 'text').map((part) => part.text)

async function current(job, said) {
  const { DefaultChatTransport, readUIMessageStream } = await load('ai')
  const transport = new DefaultChatTransport({ api: job.url })
  const messages = [{ id: 'u1', role: 'user', parts: [{ type: 'text', text: job.prompt }] }]
  const stream = await transport.sendMessages({ chatId: 'c1', messages, trigger: 'submit-message', abortSignal: undefined })
  let failed
  const read = readUIMessageStream({ stream, onError: (error) => { failed = error } })
  for await (const message of read) said.parts = asText(message.parts)
  if (failed) throw failed
}

async function old(job, said) {
  const { processDataStream } = await load('@ai-sdk/ui-utils')
  const messages = [{ id: 'u1', role: 'user', content: job.prompt, parts: [{ type: 'text', text: job.prompt }] }]
  const answer = await fetch(job.url, { method: 'POST', body: JSON.stringify({ id: 'c1', messages }), headers: { 'content-type': 'application/json' } })
  if (!answer.ok) throw new Error(await answer.text())
  said.parts = ['']
  await processDataStream({
    stream: answer.body,
    onTextPart: (value) => { said.parts[said.parts.length - 1] += value },
    onStartStepPart: () => { said.parts.push('') },
    onErrorPart: (value) => { throw new Error(value) },
  })
}

let input = ''
for await (const piece of process.stdin) input += piece
for (const job of JSON.parse(input)) {
  const said = { parts: [] }
  let error = ''
  try {
    await (job.kind === 'ai-4' ? old : current)(job, said)
  } catch (failed) {
    error = failed?.constructor?.name ?? 'Error'
  }
  console.log(JSON.stringify({ text: said.parts.filter((part) => part !== '').join('\n\n'), error }))
}
