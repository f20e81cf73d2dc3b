// What the clients share: the services by name, and errors in one form whatever carried them.

import { createRegistry, toJson } from "@bufbuild/protobuf";

import { BadRequestSchema, ErrorInfoSchema } from "google/rpc/error_details_pb.js";
import { IdentityService } from "kefu/gateway/v1/identity_service_pb.js";
import { TicketsService } from "kefu/tickets/v1/ticket_service_pb.js";

// The services that are called.
export const services = { IdentityService, TicketsService };

// The method `Service.Method` of the generated code.
export function method(name) {
  const [service, wanted] = name.split(".");
  return services[service].methods.find((one) => one.name === wanted);
}

// A message as REST shows it: every field, also those that have their default.
export function shown(schema, message) {
  return toJson(schema, message, { alwaysEmitImplicit: true });
}

// Details of google.rpc.Status that can be told apart.
export const details = createRegistry(BadRequestSchema, ErrorInfoSchema);

// An error that a server answered: `code` is the status's name, such as `NOT_FOUND`.
export function failure(code, message, info, badRequest) {
  return {
    code,
    message,
    reason: info?.reason ?? "",
    domain: info?.domain ?? "",
    violations: (badRequest?.fieldViolations ?? []).map((one) => ({
      field: one.field,
      reason: one.reason ?? "",
      description: one.description,
    })),
  };
}

// An error that no server answered: the browser refused, or there was no way.
export function unreachable(cause) {
  return { code: "", message: String(cause?.message ?? cause), reason: "", domain: "", violations: [] };
}
