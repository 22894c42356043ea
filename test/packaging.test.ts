import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))

t.test('the packed package has doors that resolve, with types, for every user', { timeout: 120_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'beamish-pack-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    maxBuffer: 1e8,
  })
  const [packed] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[]
  const tarball = join(folder, packed?.filename ?? '')
  const paths = packed?.files.map((file) => file.path) ?? []
  t.ok(paths.includes('dist/src/index.js'), 'the main door is in it')
  t.notOk(
    paths.some((path) => /\.test\./.test(path)),
    'tests are not',
  )

  const publint = join(root, 'node_modules/publint/src/cli.js')
  const lint = await run(process.execPath, [publint, 'run', tarball, '--strict'], { cwd: root }).catch(
    (error: unknown) => error as { stdout: string; stderr: string; code: number },
  )
  t.notOk('code' in lint, `publint: ${lint.stdout}${lint.stderr}`)

  const attw = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js')
  // ESM only: a CommonJS user needs import(), which is what the ignored rule complains about.
  const types = await run(process.execPath, [attw, tarball, '--profile', 'esm-only', '--format', 'ascii'], {
    cwd: root,
    maxBuffer: 1e8,
  }).catch((error: unknown) => error as { stdout: string; stderr: string; code: number })
  t.notOk('code' in types, `attw: ${types.stdout}${types.stderr}`)
})
