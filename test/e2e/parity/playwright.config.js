// What the specs run with. It is copied beside them; run.ts says the rest in the environment.
const { PARITY_PORT, PARITY_CHROMIUM, PARITY_FLAGS, PARITY_SKIPPED, PARITY_REPORT } = process.env

export default {
  testDir: './tests',
  outputDir: './test-results',
  workers: 1,
  // As the suite has it for its own checks: some specs look at a moment that a busy machine makes longer.
  retries: 2,
  grepInvert: JSON.parse(PARITY_SKIPPED).map((pattern) => new RegExp(pattern)),
  reporter: [['list'], ['json', { outputFile: PARITY_REPORT }]],
  use: {
    browserName: 'chromium',
    baseURL: `http://localhost:${PARITY_PORT}/`,
    viewport: { width: 1280, height: 720 },
    launchOptions: { executablePath: PARITY_CHROMIUM, args: JSON.parse(PARITY_FLAGS) },
  },
}
