// Makes dist and the sources agree before tsc runs: compiled files whose source is gone are removed, so that a deleted test
// cannot go on passing; and where a source has no compiled file, tsc is made to forget what it believes to have written.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'dist')

function sweep(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) sweep(path)
    else if (/\.(js|d\.ts)(\.map)?$/.test(entry.name)) {
      const source = join(root, relative(dist, path)).replace(/\.(js|d\.ts)(\.map)?$/, '.ts')
      if (!existsSync(source)) rmSync(path)
    }
  }
}

for (const part of ['src', 'supervisors', 'test', 'bench', 'apps']) {
  const folder = join(dist, part)
  if (!existsSync(folder)) continue
  // What a browser bundler wrote has no source of the same name: it lies in a folder called `assets`.
  if (part !== 'apps') sweep(folder)
  else {
    for (const app of readdirSync(folder)) {
      for (const entry of readdirSync(join(folder, app), { withFileTypes: true })) {
        const path = join(folder, app, entry.name)
        if (entry.isDirectory() && entry.name !== 'assets') sweep(path)
      }
    }
  }
}

function isCompiled(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).every((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'browser' || isCompiled(path)
    return !/(?<!\.d)\.ts$/.test(entry.name) || existsSync(join(dist, path.replace(/\.ts$/, '.js')))
  })
}

const parts = ['src', 'supervisors', 'test', 'bench', 'apps'].filter((part) => existsSync(join(root, part)))
if (!parts.every(isCompiled)) rmSync(join(dist, 'tsconfig.tsbuildinfo'), { force: true })
