// What each client must be able to do in a page. The same for all: gRPC-Web by two clients, and REST.

import assert from "node:assert/strict";

// The checks of one client: names with functions. `page` is of an allowed origin, `other` calls by REST
// from outside the browser. Nothing waits for a time: each check ends by what the server tells.
export function checksOf(client, { page, api, key, other }) {
  const call = (name, request, by = key) => page.call({ client, api, key: by, name, request });
  const watch = (request) => page.watch({ client, api, key, request });
  const ticket = { type: "complaint", channel: "CHANNEL_PHONE", source: `page-${client}` };
  const filter = `source == "${ticket.source}"`;

  return {
    "WhoAmI with a key": async () => {
      const { reply } = await call("IdentityService.WhoAmI", {});
      assert.equal(reply.kind, "PRINCIPAL_KIND_KEY");
      assert.deepEqual(reply.roles, ["admin"]);
      assert.match(reply.principalId, /^key_/);
    },

    "without a key, or with a wrong one, refused": async () => {
      for (const [by, reason] of [["", "CREDENTIALS_MISSING"], ["wrong", "CREDENTIALS_INVALID"]]) {
        const { error } = await call("TicketsService.ListTickets", {}, by);
        assert.deepEqual([error?.code, error?.reason, error?.domain], ["UNAUTHENTICATED", reason, "kefu"]);
      }
    },

    "CreateTicket, and its text comes back": async () => {
      const [subject, description] = ["包裹破损", "La caja llegó rota · 箱が壊れていた 📦"];
      const { reply } = await call("TicketsService.CreateTicket", { ...ticket, subject, description });
      const got = await call("TicketsService.GetTicket", { ticketId: reply.id });
      assert.deepEqual([got.reply.subject, got.reply.description], [subject, description]);
      if (client === "rest") assert.equal(got.etag, `"${got.reply.etag}"`, "the page reads the ETag");
    },

    "CreateTicket sent twice makes one ticket": async () => {
      const request = { ...ticket, subject: "Twice", requestId: `twice-${client}-00000000` };
      const first = await call("TicketsService.CreateTicket", request);
      const second = await call("TicketsService.CreateTicket", request);
      assert.ok(first.reply?.id, JSON.stringify(first));
      assert.deepEqual(second.reply, first.reply);
    },

    "a typed error with every violation": async () => {
      const request = { type: "NO TYPE", channel: "CHANNEL_UNSPECIFIED", subject: "" };
      const { error } = await call("TicketsService.CreateTicket", request);
      assert.deepEqual([error?.code, error?.reason], ["INVALID_ARGUMENT", "VALIDATION_FAILED"]);
      const found = error.violations.map((one) => [one.field, one.reason]);
      const wanted = [["type", "string.pattern"], ["channel", "enum.not_in"], ["subject", "string.min_len"]];
      assert.deepEqual(found, wanted);
      assert.ok(error.violations.every((one) => one.description !== ""), "each says what is wrong");
    },

    "a typed error of the domain": async () => {
      const request = { ...ticket, subject: "Known", externalId: "one" };
      assert.ok((await call("TicketsService.CreateTicket", request)).reply);
      const { error } = await call("TicketsService.CreateTicket", request);
      assert.deepEqual([error?.code, error?.reason], ["ALREADY_EXISTS", "RESOURCE_EXISTS"]);
      const nowhere = { ticketId: "ticket_01h455vb4pex5vsknk084sn02q" };
      const missing = await call("TicketsService.GetTicket", nowhere);
      assert.deepEqual([missing.error?.code, missing.error?.reason], ["NOT_FOUND", "RESOURCE_NOT_FOUND"]);
    },

    "ListTickets page by page": async () => {
      const source = `paged-${client}`;
      const made = [];
      for (let number = 1; number <= 5; number += 1) {
        const request = { ...ticket, source, subject: `Ticket ${number}` };
        made.push((await call("TicketsService.CreateTicket", request)).reply.id);
      }
      const [pages, listed] = [[], []];
      let pageToken = "";
      do {
        const request = { filter: `source == "${source}"`, orderBy: "created_at", pageSize: 2, pageToken };
        const { reply } = await call("TicketsService.ListTickets", request);
        pages.push(reply.tickets.length);
        listed.push(...reply.tickets.map((one) => one.id));
        pageToken = reply.nextPageToken;
      } while (pageToken !== "");
      assert.deepEqual(pages, [2, 2, 1]);
      assert.deepEqual(listed, made);
    },

    "WatchTickets: a snapshot, another client's change, and on from the cursor": async () => {
      const known = (await call("TicketsService.ListTickets", { filter })).reply.tickets.map((one) => one.id);
      const stream = await watch({ filter });
      const snapshot = await snapshotOf(stream);
      assert.ok(known.length > 0);
      assert.deepEqual(snapshot.tickets.sort(), known.sort());

      // A change that another client makes arrives.
      const { reply } = await call("TicketsService.GetTicket", { ticketId: known[0] });
      const rename = (subject) =>
        other("PATCH", `/v1/tickets/${reply.id}`, { ticket: { subject }, updateMask: "subject" });
      await rename("Told to the page");
      const change = await changeTo(stream, reply.id, "Told to the page");
      assert.ok(change.types.includes("TicketUpdated"), change.types);
      assert.notEqual(change.cursor, "");
      await stream.stop();

      // While the page does not watch, two things happen; from its cursor it hears of both, in any
      // order, of nothing else, and gets no snapshot.
      await rename("Changed meanwhile");
      const made = await other("POST", "/v1/tickets", { ...ticket, subject: "Made meanwhile" });
      const resumed = await watch({ filter, cursor: change.cursor });
      const heard = [await nextChange(resumed), await nextChange(resumed)];
      await resumed.stop();
      const subjects = Object.fromEntries(heard.map((one) => [one.ticket.id, one.ticket.subject]));
      assert.deepEqual(subjects, { [reply.id]: "Changed meanwhile", [made.id]: "Made meanwhile" });
    },

    "WatchTickets refuses a filter with its reason": async () => {
      const stream = await watch({ filter: "nonsense ==" });
      const { error } = await stream.next();
      assert.deepEqual([error?.code, error?.reason], ["INVALID_ARGUMENT", "FILTER_INVALID"]);
    },
  };
}

// What a page of an origin that is not allowed must meet: the browser keeps the reply from it, and the
// call, which needs a preflight, is not even sent.
export function blockedOf(client, { page, api, key, other }) {
  return {
    "a page of another origin is blocked": async () => {
      const request = {
        type: "complaint",
        channel: "CHANNEL_PHONE",
        subject: "From elsewhere",
        source: `blocked-${client}`,
      };
      const said = page.console.length;
      const name = "TicketsService.CreateTicket";
      const { reply, error } = await page.call({ client, api, key, name, request });
      assert.equal(reply, undefined);
      assert.deepEqual([error.reason, error.domain], ["", ""], "no server answered this");
      const console = page.console.slice(said).join("\n");
      assert.match(console, /blocked by CORS policy: Response to preflight request/);
      const query = new URLSearchParams({ filter: `source == "${request.source}"` });
      assert.deepEqual((await other("GET", `/v1/tickets?${query}`)).tickets, [], "nothing was made");
    },
  };
}

// Reads a watch up to the end of its snapshot.
async function snapshotOf(stream) {
  const tickets = [];
  for (;;) {
    const { message } = await readable(stream);
    if (message.snapshotEnd) {
      assert.equal(message.snapshotEnd.tickets, tickets.length);
      assert.notEqual(message.cursor, "");
      return { tickets, cursor: message.cursor };
    }
    assert.ok(message.snapshot, JSON.stringify(message));
    tickets.push(message.snapshot.id);
  }
}

// The next change, with its cursor; signs of life are passed over.
async function nextChange(stream) {
  for (;;) {
    const { message } = await readable(stream);
    if (message.heartbeat) continue;
    assert.ok(message.change, JSON.stringify(message));
    return { ...message.change, cursor: message.cursor };
  }
}

// Reads on until a ticket is told with this subject.
async function changeTo(stream, id, subject) {
  for (;;) {
    const change = await nextChange(stream);
    if (change.ticket.id === id && change.ticket.subject === subject) return change;
  }
}

// The next message of a watch that must go on.
async function readable(stream) {
  const next = await stream.next();
  assert.ok(next.message, `the watch ended: ${JSON.stringify(next)}`);
  if (next.event) {
    assert.equal(next.id, next.message.cursor, "the event's id is the cursor");
    assert.ok(next.message[next.event], "the event is named after what it tells");
  }
  return next;
}
