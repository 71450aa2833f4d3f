// A Chromium to look with: the one that CHROME names, one on the PATH, or else the one this version of puppeteer goes with.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Browser, install } from "@puppeteer/browsers";
import { PUPPETEER_REVISIONS } from "puppeteer-core/internal/revisions.js";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

export async function chrome(cacheDir) {
  if (process.env.CHROME) {
    return process.env.CHROME;
  }
  const places = (process.env.PATH ?? "").split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const found = places.find(existsSync);
  if (found) {
    return found;
  }
  const buildId = PUPPETEER_REVISIONS["chrome-headless-shell"];
  console.log(`no Chromium here: installing ${buildId}; or name one in CHROME`);
  return (await install({ browser: Browser.CHROMEHEADLESSSHELL, buildId, cacheDir })).executablePath;
}
