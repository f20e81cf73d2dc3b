// What the tests reach in a page: calls by each client, and watches that are read one message at a time.

import * as connect from "./connect.js";
import * as grpcweb from "./grpcweb.js";
import * as rest from "./rest.js";

const clients = { connect, grpcweb, rest };
const watches = new Map();

window.kefu = {
  call: ({ client, api, key, name, request }) => clients[client].call(api, key, name, request),

  watch({ client, api, key, request }) {
    const stop = new AbortController();
    const id = watches.size;
    watches.set(id, { stop, messages: clients[client].watch(api, key, request, stop.signal) });
    return id;
  },

  // The next message, `{ error }`, or `{ ended: true }`.
  async next(id) {
    const { value, done } = await watches.get(id).messages.next();
    return done ? { ended: true } : value;
  },

  stop: (id) => watches.get(id).stop.abort(),
};
