"""Errors as a gRPC client reads them: google.rpc.Status from the trailers, its details decoded."""

from collections.abc import Callable
from dataclasses import dataclass

import grpc
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status


@dataclass
class Failure:
    """A refused call."""

    code: grpc.StatusCode
    message: str
    status: status_pb2.Status | None

    def detail(self, kind: type):
        """The one detail of this kind, such as `error_details_pb2.ErrorInfo`."""
        found = [detail for detail in self.status.details if detail.Is(kind.DESCRIPTOR)]
        assert len(found) == 1, f"{len(found)} of {kind.DESCRIPTOR.full_name} in {self.status}"
        message = kind()
        assert found[0].Unpack(message)
        return message

    @property
    def info(self) -> error_details_pb2.ErrorInfo:
        return self.detail(error_details_pb2.ErrorInfo)

    @property
    def reason(self) -> str:
        return self.info.reason

    @property
    def violations(self) -> dict[str, str]:
        """What is wrong, by field."""
        found = self.detail(error_details_pb2.BadRequest).field_violations
        return {violation.field: violation.description for violation in found}


def failure(call: Callable[[], object]) -> Failure:
    """The error with which `call` ends; it is a defect if it does not."""
    try:
        answer = call()
    except grpc.RpcError as error:
        return Failure(error.code(), error.details(), rpc_status.from_call(error))
    raise AssertionError(f"the call was answered: {answer}")
