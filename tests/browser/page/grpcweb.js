// google's grpc-web: its text form (base64), over XMLHttpRequest. Its runtime takes any messages that
// can be written and read as bytes, so it shares the generated ones and needs no generator of its own.

import { fromBinary, fromJson, toBinary } from "@bufbuild/protobuf";
import { base64Decode } from "@bufbuild/protobuf/wire";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { GrpcWebClientBase, MethodDescriptor, StatusCode } from "grpc-web";

import { BadRequestSchema, ErrorInfoSchema } from "google/rpc/error_details_pb.js";
import { StatusSchema } from "google/rpc/status_pb.js";
import { details, failure, method, shown, unreachable } from "./api.js";

const client = new GrpcWebClientBase({ format: "text" });
const codes = Object.fromEntries(Object.entries(StatusCode).map(([name, code]) => [code, name]));

function descriptor({ input, output, methodKind, parent, name }) {
  return new MethodDescriptor(
    `/${parent.typeName}/${name}`,
    methodKind === "unary" ? "unary" : "server_streaming",
    Object,
    Object,
    (request) => toBinary(input, request),
    (bytes) => fromBinary(output, bytes),
  );
}

function addressOf(api, { parent, name }) {
  return `${api}/${parent.typeName}/${name}`;
}

function metadataOf(key) {
  return key ? { authorization: `Bearer ${key}` } : {};
}

function told(error) {
  const packed = error.metadata?.["grpc-status-details-bin"];
  if (packed === undefined) return { ...unreachable(error), code: codes[error.code] ?? "" };
  const status = fromBinary(StatusSchema, base64Decode(packed));
  const unpacked = status.details.map((detail) => anyUnpack(detail, details));
  const first = (schema) => unpacked.find((one) => one?.$typeName === schema.typeName);
  return failure(codes[error.code], status.message, first(ErrorInfoSchema), first(BadRequestSchema));
}

export async function call(api, key, name, request) {
  const rpc = method(name);
  const message = fromJson(rpc.input, request);
  try {
    const address = addressOf(api, rpc);
    const reply = await client.unaryCall(address, message, metadataOf(key), descriptor(rpc));
    return { reply: shown(rpc.output, reply) };
  } catch (error) {
    return { error: told(error) };
  }
}

export async function* watch(api, key, request, signal) {
  const rpc = method("TicketsService.WatchTickets");
  const message = fromJson(rpc.input, request);
  const address = addressOf(api, rpc);
  const stream = client.serverStreaming(address, message, metadataOf(key), descriptor(rpc));
  signal.addEventListener("abort", () => stream.cancel());
  const events = new ReadableStream({
    start(queue) {
      stream.on("data", (one) => queue.enqueue({ message: shown(rpc.output, one) }));
      stream.on("error", (error) => {
        queue.enqueue({ error: told(error) });
        queue.close();
      });
      stream.on("end", () => queue.close());
    },
  });
  yield* events;
}
