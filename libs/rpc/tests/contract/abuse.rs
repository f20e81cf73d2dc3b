//! What a hostile client gets: refused, cut, and nobody else disturbed.

use std::time::Duration;

use kefu_rpc::{ListenLimits, StackLimits};
use kefu_rpc_fixture::v1::Act;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::Code;

use crate::calls::{acting, echo, failure};
use crate::streams::{all, counting};
use crate::world::{Settings, World};

/// A world whose patience is short, so that a test need not wait.
async fn impatient() -> World {
    let listen = ListenLimits {
        header_timeout: Duration::from_millis(300),
        handshake_timeout: Duration::from_millis(300),
        connections_per_address: 1_000,
        ..ListenLimits::default()
    };
    World::by_mutual_tls_with(Settings { gateway: listen.clone(), listen, ..Settings::default() })
        .await
}

/// Connects, says `said`, and waits until the server hangs up. Gives what it answered before.
async fn until_hung_up(address: std::net::SocketAddr, said: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(said).await.unwrap();
    let mut answer = Vec::new();
    // A reset is a way of hanging up, too.
    drop(stream.read_to_end(&mut answer).await);
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_slowly_or_nothing_is_hung_up_on() {
    let world = impatient().await;
    let clear = world.address.unwrap();
    for said in ["", "P", "PRI * HTTP/2.0\r\n", "GET /hello HTTP/1.1\r\nhost: x\r\nx-slow: "] {
        let answer = until_hung_up(clear, said.as_bytes()).await;
        let text = String::from_utf8_lossy(&answer);
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 408"), "{said:?}: {text}");
    }
    let tls = world.replicas[0].address.unwrap();
    assert_eq!(until_hung_up(tls, b"").await, b"", "no handshake");
    world.client("agent").echo(echo("others go on")).await.unwrap();
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_has_begun_outlives_those_timeouts() {
    let world = impatient().await;
    let mut request = tonic::Request::new(counting(1, Act::Hang));
    request.set_timeout(Duration::from_millis(900));
    let numbers = world.client("agent").count(request).await.unwrap();
    let (came, ended) = all(numbers.into_inner()).await;
    assert_eq!((came, failure(ended).code), (vec![1], Code::DeadlineExceeded));
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_over_the_limit_are_refused() {
    let world = impatient().await;
    let long = "x".repeat(40 * 1024);
    let said = format!("GET /hello HTTP/1.1\r\nhost: x\r\nx-long: {long}\r\n\r\n");
    let answer = until_hung_up(world.address.unwrap(), said.as_bytes()).await;
    let text = String::from_utf8_lossy(&answer);
    assert!(text.is_empty() || text.starts_with("HTTP/1.1 431"), "{text}");
    let mut request = tonic::Request::new(echo("x"));
    request.metadata_mut().insert("x-long", long.parse().unwrap());
    world.client("agent").echo(request).await.unwrap_err();
    world.client("agent").echo(echo("others go on")).await.unwrap();
    world.close().await;
}

/// Frames by hand: a client library would keep to the limit that the server announces.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_over_the_limit_are_refused() {
    let world = impatient().await;
    let mut stream = TcpStream::connect(world.address.unwrap()).await.unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
    let asked: u32 = 200;
    for number in 0..asked {
        stream
            .write_all(&frame(HEADERS, END_HEADERS, 2 * number + 1, &hanging_call()))
            .await
            .unwrap();
    }
    let mut refused = 0;
    while refused < asked - 128 {
        let (kind, payload) = next_frame(&mut stream).await;
        if kind == RST_STREAM {
            assert_eq!(payload, [0, 0, 0, REFUSED_STREAM]);
            refused += 1;
        }
        assert_ne!(kind, GOAWAY, "{payload:?}");
    }
    world.client("agent").echo(echo("others go on")).await.unwrap();
    drop(stream);
    world.close().await;
}

/// Rapid reset (CVE-2023-44487): opening streams and resetting them at once ends the connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opening_and_resetting_streams_ends_the_connection() {
    let world = impatient().await;
    let mut stream = TcpStream::connect(world.address.unwrap()).await.unwrap();
    let mut said = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    said.extend(frame(SETTINGS, 0, 0, &[]));
    for number in 0..2_000u32 {
        let id = 2 * number + 1;
        said.extend(frame(HEADERS, END_HEADERS, id, &hanging_call()));
        said.extend(frame(RST_STREAM, 0, id, &[0, 0, 0, 8]));
    }
    // The server may hang up before it has heard all.
    drop(stream.write_all(&said).await);
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer).await);
    world.client("agent").echo(echo("others go on")).await.unwrap();
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_over_the_limit_in_flight_are_shed() {
    let limits = StackLimits { calls_in_flight: 3, ..StackLimits::default() };
    let world = World::in_process_with(Settings { limits, ..Settings::default() }).await;
    let mut held = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let mut client = world.client("agent");
        held.spawn(async move { client.echo(acting(Act::Hang)).await });
    }
    world.replicas[0].echo.hang_count_is(3).await;
    let told = failure(world.client("agent").echo(echo("x")).await);
    assert_eq!((told.code, told.reason.as_str()), (Code::Unavailable, "OVERLOADED"));
    assert!(told.can_be_retried() && told.retry_after.is_some());
    held.shutdown().await;
    world.replicas[0].echo.hang_count_is(0).await;
    world.client("agent").echo(echo("x")).await.unwrap();
    world.close().await;
}

#[tokio::test]
async fn a_caller_over_its_rate_is_told_when_to_come_back() {
    let limits = StackLimits { rate_per_second: 1, rate_burst: 2, ..StackLimits::default() };
    let world = World::in_process_with(Settings { limits, ..Settings::default() }).await;
    let mut client = world.client("agent");
    let mut outcomes = Vec::new();
    for _ in 0..20 {
        outcomes.push(client.echo(echo("x")).await.map(|_| ()));
    }
    let told =
        failure(outcomes.into_iter().find(Result::is_err).expect("twenty at once is too much"));
    assert_eq!((told.code, told.reason.as_str()), (Code::ResourceExhausted, "RATE_LIMITED"));
    assert!(told.retry_after.is_some());
    world.close().await;
}

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const END_HEADERS: u8 = 4;
const REFUSED_STREAM: u8 = 7;

/// A frame (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind, flags];
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// The headers of a call whose message never comes: literals without Huffman (RFC 7541 §6.2.2).
fn hanging_call() -> Vec<u8> {
    let headers = [
        (":method", "POST"),
        (":scheme", "http"),
        (":authority", "localhost"),
        (":path", "/kefu.fixture.v1.EchoService/Echo"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        ("authorization", "Bearer agent"),
    ];
    let mut block = Vec::new();
    for (name, value) in headers {
        block.push(0);
        for text in [name, value] {
            block.push(u8::try_from(text.len()).unwrap());
            block.extend(text.as_bytes());
        }
    }
    block
}

/// The kind and payload of the next frame.
async fn next_frame(stream: &mut TcpStream) -> (u8, Vec<u8>) {
    let mut head = [0u8; 9];
    stream.read_exact(&mut head).await.expect("the server goes on");
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; usize::try_from(length).unwrap()];
    stream.read_exact(&mut payload).await.expect("the server goes on");
    (head[3], payload)
}
