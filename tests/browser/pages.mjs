// The pages: bundled once, served from two origins that are not the API's, opened in headless Chromium.

import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";
import { chromium } from "playwright-core";

const here = path.dirname(fileURLToPath(import.meta.url));

// The page's script, of generated code in `generated` and packages in node_modules.
export async function bundle(generated) {
  const { outputFiles } = await build({
    entryPoints: [path.join(here, "page/main.js")],
    bundle: true,
    write: false,
    format: "iife",
    target: "chrome120",
    nodePaths: [generated, path.join(here, "node_modules")],
    logLevel: "warning",
  });
  return outputFiles[0].text;
}

// Serves the page on a free port, which makes it an origin of its own.
export async function servePage(script) {
  const html = readFileSync(path.join(here, "page/index.html"));
  const server = createServer((request, answer) => {
    const [kind, body] = request.url === "/main.js" ? ["text/javascript", script] : ["text/html", html];
    answer.writeHead(200, { "content-type": `${kind}; charset=utf-8` }).end(body);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return { origin: `http://127.0.0.1:${server.address().port}`, server };
}

// Chromium with an empty profile that keeps to itself.
export function startBrowser(executable, profile) {
  return chromium.launchPersistentContext(profile, {
    executablePath: executable,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

// Opens the page of `origin`. It tells which preflights were sent and what the console said.
export async function openPage(browser, origin) {
  const page = await browser.newPage();
  const [preflights, console] = [[], []];
  page.on("console", (line) => console.push(line.text()));
  const devtools = await browser.newCDPSession(page);
  await devtools.send("Network.enable");
  devtools.on("Network.requestWillBeSent", ({ initiator, request }) => {
    if (initiator.type === "preflight") preflights.push(new URL(request.url).pathname);
  });
  await page.goto(origin);
  return {
    preflights,
    console,
    call: (call) => page.evaluate((it) => window.kefu.call(it), call),
    // A watch as an object with `next` and `stop`.
    async watch(watch) {
      const id = await page.evaluate((it) => window.kefu.watch(it), watch);
      return {
        next: () => page.evaluate((it) => window.kefu.next(it), id),
        stop: () => page.evaluate((it) => window.kefu.stop(it), id),
      };
    },
  };
}
