// A private `kefu serve` for one run: free port, fresh folder, ended with the run.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";

// Starts `binary` on `folder`; pages of `origins` may call it. Resolves when it serves.
export async function startKefu(binary, folder, origins) {
  const data = path.join(folder, "data");
  const set = ["--set", `public.allowed_origins=${origins.join(",")}`];
  const log = [];
  const child = spawn(binary, ["serve", "--data", data, "--listen", "127.0.0.1:0", ...set], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  child.stderr.on("data", (text) => log.push(text));
  const ended = once(child, "exit");
  // However this process goes, that one goes with it.
  process.once("exit", () => child.kill("SIGKILL"));
  process.once("SIGTERM", () => process.exit(143));

  // It announces itself in its data folder when it is ready.
  const announced = path.join(data, "run.json");
  while (!existsSync(announced)) {
    if (child.exitCode !== null) throw new Error(`kefu did not start:\n${log.join("")}`);
    await delay(20);
  }
  const { public: address } = JSON.parse(readFileSync(announced, "utf8"));
  return {
    api: `http://${address}`,
    key: readFileSync(path.join(data, "admin.key"), "utf8").trim(),
    log: () => log.join(""),
    async stop() {
      child.kill("SIGINT");
      await ended;
    },
  };
}

// A caller that is no browser, by REST: "another client" of the tests.
export function caller({ api, key }) {
  return async (verb, route, body) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const answer = await fetch(api + route, { method: verb, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${verb} ${route}: ${answer.status} ${text}`);
    return JSON.parse(text);
  };
}
