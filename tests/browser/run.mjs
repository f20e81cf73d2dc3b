// Runs every check: starts what it needs, calls from pages, prints a line for each check and a summary.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";

import { blockedOf, checksOf } from "./checks.mjs";
import { caller, startKefu } from "./kefu.mjs";
import { bundle, openPage, servePage, startBrowser } from "./pages.mjs";

const clients = {
  connect: "Connect-ES (gRPC-Web)",
  grpcweb: "grpc-web (gRPC-Web text)",
  rest: "fetch (REST and server-sent events)",
};

const results = { passed: 0, failed: 0 };

async function check(name, body) {
  try {
    await body();
    results.passed += 1;
    console.log(`ok    ${name}`);
  } catch (error) {
    results.failed += 1;
    console.log(`FAILED  ${name}\n${error.stack}`);
  }
}

async function checkAll(browser, kefu, pages) {
  const world = { api: kefu.api, key: kefu.key, other: caller(kefu) };
  const allowed = await openPage(browser, pages.allowed.origin);
  const foreign = await openPage(browser, pages.foreign.origin);
  for (const [client, title] of Object.entries(clients)) {
    const checks = {
      ...checksOf(client, { ...world, page: allowed }),
      ...blockedOf(client, { ...world, page: foreign }),
    };
    for (const [name, body] of Object.entries(checks)) await check(`${title}: ${name}`, body);
  }
  await check("the browser asked before it called across origins", () => {
    for (const asked of [
      "/kefu.tickets.v1.TicketsService/CreateTicket",
      "/kefu.tickets.v1.TicketsService/WatchTickets",
      "/v1/tickets",
      "/v1/tickets:watch",
    ]) {
      assert.ok(allowed.preflights.includes(asked), `no preflight of ${asked}`);
    }
    assert.deepEqual(allowed.console.filter((line) => line.includes("CORS")), []);
  });
}

const [binary, generated, executable] = process.argv.slice(2);
const folder = mkdtempSync(path.join(tmpdir(), "kefu-browser-"));
const ends = [() => rmSync(folder, { recursive: true, force: true })];
try {
  const script = await bundle(generated);
  const [allowed, foreign] = [await servePage(script), await servePage(script)];
  ends.push(() => allowed.server.close(), () => foreign.server.close());
  const kefu = await startKefu(binary, folder, [allowed.origin]);
  ends.push(() => kefu.stop());
  const browser = await startBrowser(executable, path.join(folder, "profile"));
  ends.push(() => browser.close());
  console.log(`Chromium ${browser.browser()?.version() ?? ""} calls ${kefu.api} from ${allowed.origin}`);
  await checkAll(browser, kefu, { allowed, foreign });
  if (results.failed > 0) console.log(`kefu said:\n${kefu.log()}`);
} finally {
  for (const end of ends.reverse()) await end();
}
const { passed, failed } = results;
// In the form of cargo's, so that tests/run.sh counts these too.
console.log(`test result: ${failed ? "FAILED" : "ok"}. ${passed} passed; ${failed} failed;`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
