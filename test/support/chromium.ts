// The browser that the tests drive is that of the apps, which cannot import from here.
export {
  CHROMIUM,
  FLAGS,
  launchBrowser as launchChromium,
  withoutBrowser as withoutChromium,
} from '../../apps/shared/browser.ts'
