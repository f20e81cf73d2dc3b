// REST by fetch, and server-sent events read as EventSource reads them. EventSource itself can send no
// `authorization`; pages that need a key read the stream like this.

import { unreachable } from "./api.js";

// The requests that the tests make, by RPC.
const routes = {
  "IdentityService.WhoAmI": () => ["GET", "/v1/me"],
  "TicketsService.CreateTicket": () => ["POST", "/v1/tickets"],
  "TicketsService.GetTicket": ({ ticketId }) => ["GET", `/v1/tickets/${ticketId}`],
  "TicketsService.ListTickets": (request) => ["GET", `/v1/tickets?${new URLSearchParams(request)}`],
};

function headersOf(key) {
  return key ? { authorization: `Bearer ${key}` } : {};
}

function told({ error }) {
  const first = (type) => error.details.find((one) => one["@type"].endsWith(`/${type}`));
  const info = first("google.rpc.ErrorInfo");
  return {
    code: error.status,
    message: error.message,
    reason: info?.reason ?? "",
    domain: info?.domain ?? "",
    violations: first("google.rpc.BadRequest")?.fieldViolations ?? [],
  };
}

export async function call(api, key, name, request) {
  const [verb, path] = routes[name](request);
  const headers = headersOf(key);
  const body = verb === "POST" ? JSON.stringify(request) : undefined;
  if (body) headers["content-type"] = "application/json";
  try {
    const answer = await fetch(api + path, { method: verb, headers, body });
    const json = await answer.json();
    const shown = { etag: answer.headers.get("etag") ?? "" };
    return answer.ok ? { reply: json, ...shown } : { error: told(json), ...shown };
  } catch (error) {
    return { error: unreachable(error) };
  }
}

export async function* watch(api, key, { cursor, ...request }, signal) {
  const headers = { ...headersOf(key), accept: "text/event-stream" };
  // Where EventSource connects again, it tells the last id in a header.
  if (cursor) headers["last-event-id"] = cursor;
  try {
    const query = new URLSearchParams(request);
    const answer = await fetch(`${api}/v1/tickets:watch?${query}`, { headers, signal });
    if (!answer.ok) {
      yield { error: told(await answer.json()) };
      return;
    }
    for await (const { event, data, id } of eventsOf(answer.body)) {
      const json = JSON.parse(data);
      if (event === "error") yield { error: told(json) };
      else yield { message: json, event, id };
    }
  } catch (error) {
    yield { error: unreachable(error) };
  }
}

// The events of a stream: blocks of `name: value` lines, divided by empty ones; comments have no name.
async function* eventsOf(body) {
  let rest = "";
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const lines = block.split("\n").map((line) => /^([a-z]+): ?(.*)$/.exec(line)).filter(Boolean);
      const of = (name) => lines.filter((line) => line[1] === name).map((line) => line[2]);
      const data = of("data").join("\n");
      if (data) yield { event: of("event").at(-1) ?? "message", data, id: of("id").at(-1) ?? "" };
    }
  }
}
