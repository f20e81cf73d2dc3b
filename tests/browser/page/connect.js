// Connect-ES: gRPC-Web in its binary form, over fetch.

import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { fromJson } from "@bufbuild/protobuf";

import { BadRequestSchema, ErrorInfoSchema } from "google/rpc/error_details_pb.js";
import { failure, method, services, shown, unreachable } from "./api.js";

function clientOf(api, service) {
  return createClient(services[service], createGrpcWebTransport({ baseUrl: api }));
}

function headersOf(key) {
  return key ? { authorization: `Bearer ${key}` } : {};
}

function told(error) {
  const known = ConnectError.from(error);
  // What fetch itself refused has no code of a server's.
  if (known.cause instanceof TypeError) return unreachable(known.cause);
  const code = Code[known.code].replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
  const first = (schema) => known.findDetails(schema)[0];
  return failure(code, known.rawMessage, first(ErrorInfoSchema), first(BadRequestSchema));
}

export async function call(api, key, name, request) {
  const { input, output, localName, parent } = method(name);
  try {
    const client = clientOf(api, parent.name);
    const options = { headers: headersOf(key), timeoutMs: 30_000 };
    const reply = await client[localName](fromJson(input, request), options);
    return { reply: shown(output, reply) };
  } catch (error) {
    return { error: told(error) };
  }
}

export async function* watch(api, key, request, signal) {
  const { input, output } = method("TicketsService.WatchTickets");
  const client = clientOf(api, "TicketsService");
  try {
    const options = { headers: headersOf(key), signal };
    for await (const message of client.watchTickets(fromJson(input, request), options)) {
      yield { message: shown(output, message) };
    }
  } catch (error) {
    yield { error: told(error) };
  }
}
