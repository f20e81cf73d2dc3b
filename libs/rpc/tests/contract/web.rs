//! One port for everything: gRPC-Web and REST over HTTP/1.1 and HTTP/2, reflection, health.

use bytes::{BufMut, Bytes, BytesMut};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use kefu_rpc_fixture::v1::{Act, CountReply, EchoReply, EchoRequest};
use prost::Message;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::calls::echo;
use crate::streams::counting;
use crate::world::World;

crate::in_both_shapes!(reflection_answers_in_both_versions, health_answers_without_credentials);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grpc_web_carries_a_unary_call_and_its_failure() {
    let world = World::by_mutual_tls().await;
    for http2 in [false, true] {
        let (messages, trailers) = call(&world, http2, "Echo", "agent", &echo("hello")).await;
        assert_eq!(EchoReply::decode(&*messages[0]).unwrap().text, "hello");
        assert!(trailers.contains("grpc-status:0"), "{trailers}");
        let wrong = EchoRequest { act: 77, ..echo("x") };
        let (messages, trailers) = call(&world, http2, "Echo", "agent", &wrong).await;
        assert_eq!(messages.len(), 0);
        assert!(trailers.contains("grpc-status:3"), "{trailers}");
        let (_, trailers) = call(&world, http2, "Echo", "", &echo("x")).await;
        assert!(trailers.contains("grpc-status:16"), "{trailers}");
        assert!(trailers.contains("grpc-status-details-bin"), "{trailers}");
    }
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grpc_web_carries_a_stream_and_its_failure() {
    let world = World::by_mutual_tls().await;
    for (act, status) in [(Act::Unspecified, 0), (Act::Fail, 9)] {
        let (messages, trailers) = call(&world, false, "Count", "agent", &counting(3, act)).await;
        let numbers: Vec<i32> =
            messages.iter().map(|one| CountReply::decode(&**one).unwrap().number).collect();
        assert_eq!(numbers, [1, 2, 3]);
        assert!(trailers.contains(&format!("grpc-status:{status}")), "{trailers}");
    }
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rest_is_served_beside_it() {
    let world = World::by_mutual_tls().await;
    for http2 in [false, true] {
        let get = |path: &str| {
            let uri = format!("http://{}{path}", world.address.unwrap());
            Request::get(uri).body(Full::default()).unwrap()
        };
        let reply = send(&world, http2, get("/hello")).await;
        assert_eq!(reply.status(), 200);
        assert_eq!(reply.into_body().collect().await.unwrap().to_bytes(), "hello");
        let reply = send(&world, http2, get("/kefu.fixture.v1.EchoService/Echo")).await;
        assert_eq!(reply.status(), 404, "gRPC's paths are not REST's");
    }
    world.close().await;
}

#[tokio::test]
async fn pages_of_other_origins_may_call_where_they_are_let() {
    let layer = kefu_rpc::cors(&["https://console.example.org".into()]).unwrap();
    let app = axum::Router::new().layer(layer);
    let call = async |method: &str, origin: &str| {
        let request = Request::builder()
            .method(method)
            .uri("/kefu.fixture.v1.EchoService/Echo")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type,x-grpc-web")
            .body(axum::body::Body::empty())
            .unwrap();
        tower::ServiceExt::oneshot(app.clone(), request).await.unwrap().headers().clone()
    };
    for (origin, allowed) in [
        ("https://console.example.org", true),
        ("https://console.example.org:8443", false),
        ("http://console.example.org", false),
        ("https://evil.org", false),
        ("null", false),
    ] {
        for method in ["OPTIONS", "POST"] {
            let headers = call(method, origin).await;
            let header = headers.get("access-control-allow-origin");
            assert_eq!(header.is_some(), allowed, "{method} from {origin}");
            assert!(headers.get("access-control-allow-credentials").is_none());
            assert!(headers["vary"].to_str().unwrap().contains("origin"), "{headers:?}");
        }
    }
    let words = |headers: &http::HeaderMap, name: &str| headers[name].to_str().unwrap().to_owned();
    let asked = call("OPTIONS", "https://console.example.org").await;
    for name in ["authorization", "grpc-timeout", "last-event-id", "x-grpc-web", "x-user-agent"] {
        assert!(words(&asked, "access-control-allow-headers").contains(name), "{asked:?}");
    }
    let answered = call("POST", "https://console.example.org").await;
    for name in ["grpc-status", "grpc-message", "grpc-status-details-bin", "retry-after", "etag"] {
        assert!(words(&answered, "access-control-expose-headers").contains(name), "{answered:?}");
    }
}

#[test]
fn an_origin_is_written_as_browsers_write_it() {
    let good =
        ["https://a.example", "http://localhost:8080", "https://[::1]:1", "http://a.example:443"];
    for text in good {
        assert!(kefu_rpc::cors(&[text.into()]).is_ok(), "{text}");
    }
    for text in [
        "*",
        "null",
        "",
        "new\nline",
        "a.example",
        "https://",
        "https://a.example/",
        "https://a.example/path",
        "https://a.example:443",
        "http://a.example:80",
        "https://A.example",
        "https://*.a.example",
        "https://someone@a.example",
        "https://a.example?q",
        "https://a.example:0443",
        "ftp://a.example",
    ] {
        assert!(kefu_rpc::cors(&[text.into()]).is_err(), "{text}");
    }
}

async fn reflection_answers_in_both_versions(world: &World) {
    const SERVICE: &str = "kefu.fixture.v1.EchoService";
    macro_rules! services {
        ($version:ident) => {{
            use tonic_reflection::pb::$version::ServerReflectionRequest;
            use tonic_reflection::pb::$version::server_reflection_client::ServerReflectionClient;
            use tonic_reflection::pb::$version::server_reflection_request::MessageRequest;
            use tonic_reflection::pb::$version::server_reflection_response::MessageResponse;
            let ask =
                |what| ServerReflectionRequest { host: String::new(), message_request: Some(what) };
            let asked = futures::stream::iter([
                ask(MessageRequest::ListServices(String::new())),
                ask(MessageRequest::FileContainingSymbol(SERVICE.into())),
            ]);
            let mut client = ServerReflectionClient::new(world.door());
            let mut answers = client.server_reflection_info(asked).await.unwrap().into_inner();
            let mut next = async || answers.message().await.unwrap().unwrap().message_response;
            let Some(MessageResponse::ListServicesResponse(list)) = next().await else {
                panic!("not a list of services")
            };
            let names: Vec<String> = list.service.into_iter().map(|one| one.name).collect();
            let Some(MessageResponse::FileDescriptorResponse(files)) = next().await else {
                panic!("not a file")
            };
            (names, files.file_descriptor_proto)
        }};
    }
    for (names, files) in [services!(v1), services!(v1alpha)] {
        assert!(names.iter().any(|name| name == SERVICE), "{names:?}");
        assert!(names.iter().any(|name| name == "grpc.health.v1.Health"), "{names:?}");
        let text = String::from_utf8_lossy(&files[0]).into_owned();
        assert!(text.contains("fixture.echo"), "options are kept");
    }
}

async fn health_answers_without_credentials(world: &World) {
    let mut client = HealthClient::new(world.door());
    let reply = client.check(HealthCheckRequest { service: String::new() }).await.unwrap();
    assert_eq!(reply.into_inner().status, 1);
}

/// One gRPC-Web call: the messages that came, and the trailers (from body or headers) as text.
async fn call(
    world: &World,
    http2: bool,
    method: &str,
    key: &str,
    message: &impl Message,
) -> (Vec<Bytes>, String) {
    let mut body = BytesMut::new();
    body.put_u8(0);
    body.put_u32(u32::try_from(message.encoded_len()).unwrap());
    message.encode(&mut body).unwrap();
    let uri = format!("http://{}/kefu.fixture.v1.EchoService/{method}", world.address.unwrap());
    let mut request = Request::post(uri)
        .header("content-type", "application/grpc-web+proto")
        .header("x-grpc-web", "1")
        .body(Full::new(body.freeze()))
        .unwrap();
    if !key.is_empty() {
        request.headers_mut().insert("authorization", format!("Bearer {key}").parse().unwrap());
    }
    let reply = send(world, http2, request).await;
    assert_eq!(reply.status(), 200);
    let mut trailers: String = reply
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}:{}\r\n", value.to_str().unwrap()))
        .collect();
    let mut rest = reply.into_body().collect().await.unwrap().to_bytes();
    let mut messages = Vec::new();
    while !rest.is_empty() {
        let length = usize::try_from(u32::from_be_bytes(rest[1..5].try_into().unwrap())).unwrap();
        let (flag, frame) = (rest[0], rest.slice(5..5 + length));
        rest = rest.slice(5 + length..);
        if flag & 0x80 == 0 {
            messages.push(frame);
        } else {
            trailers.push_str(std::str::from_utf8(&frame).unwrap());
        }
    }
    (messages, trailers)
}

/// Sends on a connection of its own.
async fn send(world: &World, http2: bool, request: Request<Full<Bytes>>) -> Response<Incoming> {
    let stream = TcpStream::connect(world.address.unwrap()).await.unwrap();
    let io = TokioIo::new(stream);
    let mut connections = JoinSet::new();
    let reply = if http2 {
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
        connections.spawn(async move { drop(connection.await) });
        sender.send_request(request).await.unwrap()
    } else {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        connections.spawn(async move { drop(connection.await) });
        let host = world.address.unwrap().to_string();
        let mut request = request;
        request.headers_mut().insert("host", host.parse().unwrap());
        sender.send_request(request).await.unwrap()
    };
    connections.detach_all();
    reply
}
