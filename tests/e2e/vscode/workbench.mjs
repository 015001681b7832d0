// VS Code in a browser, as a user sees and uses it.

import { chromium } from "playwright-core";

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const WAIT_MS = 60_000;

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Workbench {
  /** Open a folder. `shots` is where screenshots go. */
  static async open({ url, folder, chromium: executablePath, shots }) {
    const browser = await chromium.launch({ executablePath, args: ARGS });
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(WAIT_MS);
    await page.goto(`${url}/?folder=${encodeURIComponent(folder)}`);
    await page.waitForSelector(".monaco-workbench");
    return new Workbench(browser, page, shots);
  }

  constructor(browser, page, shots) {
    Object.assign(this, { browser, page, shots });
  }

  /** The first true value of `ask`, or an error that says what was waited for; a screenshot shows what there was instead. */
  async until(what, ask) {
    const end = Date.now() + WAIT_MS;
    while (Date.now() < end) {
      const value = await ask();
      if (value) return value;
      await pause(50);
    }
    await this.shot("failed");
    throw new Error(`${what}: not within ${WAIT_MS} ms`);
  }

  async shot(name) {
    await this.page.screenshot({ path: `${this.shots}/${name}.png` });
  }

  async openFile(name) {
    const row = this.page.locator(".explorer-folders-view .monaco-list-row", { hasText: name }).first();
    await row.waitFor();
    await row.dblclick();
    await this.page.waitForSelector(`.tab[data-resource-name="${name}"]`);
    await this.page.waitForSelector(".monaco-editor .view-lines");
    await this.page.mouse.move(900, 600);
  }

  /** Run a command by its title. */
  async command(title) {
    await this.page.keyboard.press("F1");
    const input = this.page.locator(".quick-input-widget input.input").first();
    await input.waitFor({ state: "visible" });
    await input.fill(`>${title}`);
    const first = this.page.locator(".quick-input-widget .monaco-list-row").first();
    await this.until(`command ${title}`, async () => (await this.pickRows())[0]?.includes(title.replace(/^.*?: /, "")));
    await first.click();
  }

  /** Put the cursor; both count from 1. */
  async goTo(line, column) {
    await this.page.keyboard.press("Control+g");
    const input = this.page.locator(".quick-input-widget input.input").first();
    await input.waitFor({ state: "visible" });
    await input.fill(`:${line}:${column}`);
    await pause(300);
    await this.page.keyboard.press("Enter");
    await this.until("cursor", async () => (await this.cursor()) === `Ln ${line}, Col ${column}`);
  }

  async cursor() {
    const label = await this.page.locator("#status\\.editor\\.selection").textContent();
    return label.replace(/\s*\(.*\)/, "").trim();
  }

  /** Rows of the quick input, if it is open. */
  async pickRows() {
    return this.page.locator(".quick-input-widget:visible .monaco-list-row").allInnerTexts();
  }

  async pickTitle() {
    return this.page.locator(".quick-input-widget:visible .quick-input-title").allInnerTexts().then((all) => all.join(" "));
  }

  /** The visible lines of the editor, as text. */
  async lines() {
    const read = () => [...document.querySelectorAll(".editor-instance .view-line")].map((line) => line.textContent.replaceAll("\u00a0", " "));
    return this.page.evaluate(read);
  }

  /** The visible lines as the file has them: nothing that is drawn beside or between the text. */
  async code() {
    const read = () => {
      const drawn = '[class*="ghost-text"], [class*="inline-decoration"], [class*="dyn-rule"], [class*="ced-"]';
      return [...document.querySelectorAll(".editor-instance .view-line")]
        .sort((a, b) => parseFloat(a.style.top) - parseFloat(b.style.top))
        .map((line) => [...line.querySelectorAll(":scope > span > span")].filter((span) => !span.matches(drawn)))
        .map((spans) => spans.map((span) => span.textContent).join("").replaceAll("\u00a0", " "));
    };
    return this.page.evaluate(read);
  }

  /** Milliseconds from the next key press to the frame in which an element of `selector` shows `text`; drawn text counts too. */
  async timed(press, selector, text) {
    const watch = await this.page.evaluateHandle(
      ([selector, text, limit]) => {
        const read = (element) => (element.getClientRects().length > 0 ? element.textContent.replaceAll("\u00a0", " ") : "");
        const drawn = (element) => getComputedStyle(element, "::after").content.replace(/^(none|normal)$/, "");
        const seen = () => [...document.querySelectorAll(selector)].some((element) => (read(element) + drawn(element)).includes(text));
        const pressed = new Promise((resolve) => addEventListener("keydown", () => resolve(performance.now()), { capture: true, once: true }));
        const done = pressed.then(async (start) => {
          while (!seen() && performance.now() - start < limit) await new Promise(requestAnimationFrame);
          if (!seen()) throw new Error(`${text} in ${selector}: not within ${limit} ms`);
          return performance.now() - start;
        });
        return { done };
      },
      [selector, text, WAIT_MS],
    );
    await press();
    return watch.evaluate(({ done }) => done);
  }

  /** The ghost text of the editor. */
  async ghost() {
    const read = () => [...document.querySelectorAll('.view-line [class*="ghost-text"]')].map((span) => span.textContent.replaceAll("\u00a0", " ")).join("");
    return this.page.evaluate(read);
  }

  /** What decorations draw in the place of holes. */
  async drawn() {
    const read = () =>
      [...document.querySelectorAll('.view-line [class*="ced-"]')]
        .map((element) => getComputedStyle(element, "::after").content)
        .filter((content) => content !== "none" && content !== "normal")
        .map((content) => JSON.parse(content));
    return this.page.evaluate(read);
  }

  async hover() {
    return this.page.locator(".monaco-hover:visible").allInnerTexts().then((all) => all.join("\n"));
  }

  async notifications() {
    return this.page.locator(".notification-list-item-message:visible").allInnerTexts();
  }

  /** Text and tooltip of our status bar item. */
  async status() {
    const item = this.page.locator(".statusbar-item", { hasText: "Astral" }).first();
    if ((await item.count()) === 0) return "";
    return `${await item.innerText()} ${await item.locator("a").first().getAttribute("aria-label")}`;
  }

  async close() {
    await this.browser.close();
  }
}
