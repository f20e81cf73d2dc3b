"""Reflection, by which tools find the contracts without having them. Both versions are spoken: the PyPI
client knows v1alpha only; v1 has the same messages under another name."""

import grpc
import pytest
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from support.errors import failure

VERSIONS = ["v1", "v1alpha"]


def ask(channel, version: str, **what) -> reflection_pb2.ServerReflectionResponse:
    """One question on a stream of its own."""
    call = channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    return next(call(iter([reflection_pb2.ServerReflectionRequest(**what)])))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_service_is_listed(channel, version):
    listed = ask(channel, version, list_services="").list_services_response.service
    names = {service.name for service in listed}
    assert {
        "kefu.gateway.v1.DirectoryService",
        "kefu.reporting.v1.ReportingService",
        "kefu.tickets.v1.CallsService",
        "kefu.tickets.v1.TicketsService",
    } <= names


@pytest.mark.parametrize("version", VERSIONS)
def test_the_file_of_a_symbol_is_told_with_its_options(channel, version):
    answer = ask(channel, version, file_containing_symbol="kefu.tickets.v1.TicketsService")
    files = [
        descriptor_pb2.FileDescriptorProto.FromString(file)
        for file in answer.file_descriptor_response.file_descriptor_proto
    ]
    methods = {method.name: method for file in files for service in file.service for method in service.method}
    assert "AssignTicket" in methods
    # The permission and the HTTP rule are extensions: they survive only where options are kept as sent.
    assert b"tickets.assign" in methods["AssignTicket"].options.SerializeToString()
    assert b"/v1/tickets/{ticket_id}:assign" in methods["AssignTicket"].options.SerializeToString()


@pytest.mark.parametrize("version", VERSIONS)
def test_an_unknown_symbol_is_not_found(channel, version):
    told = failure(lambda: ask(channel, version, file_containing_symbol="kefu.nothing.v1.Nothing"))
    assert told.code == grpc.StatusCode.NOT_FOUND


def test_the_packaged_client_finds_a_method_and_its_messages(channel):
    pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    method = pool.FindServiceByName("kefu.tickets.v1.TicketsService").FindMethodByName("CreateTicket")
    assert method.output_type.full_name == "kefu.tickets.v1.Ticket"
    assert method.input_type.fields_by_name["subject"].number == 5
