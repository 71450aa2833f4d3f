// A page in a headless Chromium that also notices what nobody should have to look for: complaints in the console, requests
// to other hosts, text that became markup.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import puppeteer from "puppeteer-core";
import { chrome } from "./chrome.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PATIENCE = 60_000;

export class Eyes {
  complaints = [];
  strangers = [];

  static async open(root, work) {
    // no sandbox: as root, and in containers, Chromium has none; it opens our own server alone
    const browser = await puppeteer.launch({ executablePath: await chrome(work), protocolTimeout: 0, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
    const eyes = new Eyes();
    Object.assign(eyes, { browser, root, work, page: await browser.newPage() });
    eyes.page.setDefaultTimeout(PATIENCE);
    eyes.page.on("console", (message) => ["error", "warn"].includes(message.type()) && eyes.complaints.push(`${message.text()} ${message.location().url ?? ""}`));
    eyes.page.on("pageerror", (error) => eyes.complaints.push(String(error)));
    eyes.page.on("request", (request) => {
      if (!request.url().startsWith(root) && !/^(blob|data):/.test(request.url())) eyes.strangers.push(request.url());
    });
    await (await eyes.page.createCDPSession()).send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: work });
    await eyes.size(1400);
    await eyes.scheme("light");
    return eyes;
  }

  size(width) {
    return this.page.setViewport({ width, height: 900 });
  }

  scheme(name) {
    return this.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: name }]);
  }

  /** Goes to a page of the dashboard: #/files. */
  async go(hash) {
    await this.page.evaluate((to) => void (location.hash = to), hash);
    await this.page.waitForSelector("main h1");
  }

  /** The text of the page, as it is seen. */
  text() {
    return this.page.evaluate(() => document.body.innerText);
  }

  /** Waits until the page says so. */
  async says(text, timeout = PATIENCE) {
    await this.page.waitForFunction((wanted) => document.body.innerText.includes(wanted), { timeout }, text).catch(async () => {
      assert.fail(`the page does not say "${text}", but:\n${await this.text()}`);
    });
  }

  /** Presses what has this name, as the accessibility tree has it. */
  async press(name) {
    await this.page.locator(`::-p-aria([name="${name}"])`).click();
  }

  async fill(selector, text) {
    await this.page.waitForSelector(selector);
    await this.page.$eval(selector, (field) => field.select());
    await this.page.type(selector, text);
  }

  /** Tabs on until what has the focus matches; what was passed must be visible and have a visible focus. */
  async tabTo(wanted, most = 80) {
    const passed = [];
    for (let i = 0; i < most; i++) {
      await this.page.keyboard.press("Tab");
      const at = await this.page.evaluate(() => {
        const node = document.activeElement;
        const style = getComputedStyle(node);
        const box = node.getBoundingClientRect();
        return { tag: node.tagName, name: node.getAttribute("aria-label") ?? node.innerText ?? node.id, id: node.id, outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
          inside: box.bottom > 0 && box.top < innerHeight && box.width > 0 };
      });
      passed.push(at);
      if (at.tag !== "BODY") assert.ok(at.outline && at.inside, `focus cannot be seen: ${JSON.stringify(at)}`);
      if (wanted(at)) return passed;
    }
    assert.fail(`not reached by keyboard; passed ${JSON.stringify(passed.map(({ tag, name }) => `${tag} ${name}`))}`);
  }

  /** What axe finds wrong under WCAG 2.2 A and AA, and its best practices. */
  async accessible(what) {
    await this.page.evaluate(AXE);
    const found = await this.page.evaluate(async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
      .map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`) })));
    assert.deepEqual(found, [], `${what}: ${JSON.stringify(found, null, 1)}`);
  }

  /** Nothing sticks out to the side. */
  async fits(what) {
    const [page, window] = await this.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(page <= window, `${what} is ${page} wide in a window of ${window}`);
  }

  picture(name) {
    return this.page.screenshot({ path: `${this.work}/${name}.png`, fullPage: true });
  }

  async close() {
    await this.browser.close();
    assert.deepEqual(this.strangers, [], "requests to other hosts");
    assert.deepEqual(this.complaints, [], "complaints in the console");
  }
}
