//! Who is believed: a service port takes calls that another of Kefu's services signed for it, over that
//! service's own certificate, and nothing that a caller makes up; the public port takes keys and tokens of
//! people, never a service's word.

use std::net::SocketAddr;
use std::path::Path;

use kefu_api_tickets::v1::ListTicketsRequest;
use kefu_api_tickets::v1::tickets_service_client::TicketsServiceClient;
use kefu_kernel::{Ambient, Principal, PrincipalKind, Scope};
use kefu_rpc::Caller;
use kefu_rpc::token::TokenSigner;
use kefu_runtime::keys;
use kefu_store::seal::KeyRing;
use kefu_testkit::certs::{Authority, Identity};
use kefu_testkit::nats::Nats;
use kefu_testkit::postgres::Postgres;
use kefu_testkit::{Folder, ports};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity as Shown};
use tonic::{Code, Request, Status};

use super::{Served, built, kefu, on_its_way, reason};

/// Headers in which one might hope to name oneself.
const SELF_MADE: [&str; 4] =
    ["x-kefu-principal", "kefu-principal", "x-forwarded-user", "x-principal-id"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_port_believes_nobody_but_the_services() {
    let (Some(postgres), Some(nats)) = (Postgres::shared(), Nats::start()) else { return };
    if !built() {
        return;
    }
    let folder = Folder::new("trust");
    let (authority, port, database) =
        (Authority::new(folder.path()), ports::free(), postgres.database());
    let ring = folder.join("kefu.ring");
    let ring = keys::read_or_create(&ring, &Ambient::system()).map(|keys| (ring, keys)).unwrap();
    let own = authority.issue("kefu");
    let mut settings = vec![
        format!("listen.internal=127.0.0.1:{port}"),
        format!("internal.cert={}", own.certificate.display()),
        format!("internal.key={}", own.key.display()),
        format!("internal.ca={}", own.authority.display()),
        format!("bus.nats.urls={}", nats.url()),
        format!("keys.ring=file:{}", ring.0.display()),
        "drain.notice=0s".to_owned(),
    ];
    settings.extend(
        ["gateway", "tickets", "reporting"]
            .map(|service| format!("service.{service}.database.url={}", database.schema(service))),
    );
    let (done, lines) = kefu(folder.path(), &["migrate"], &settings).await;
    assert!(done, "{lines:#?}");
    let served = Served::start(folder.path(), &settings).await;
    let ring = ring.1;
    let port = ServicePort {
        address: SocketAddr::from(([127, 0, 0, 1], port)),
        authority: Certificate::from_pem(std::fs::read(authority.certificate()).unwrap()),
    };
    let gateway = authority.issue("gateway");
    let reporting = authority.issue("reporting");

    // What is believed, so that each refusal below has one cause.
    let agent = person("agent");
    let good = token(&ring, "gateway", "tickets", &agent);
    port.list(Some(&gateway), Some(&good)).await.expect("the gateway presents a person");

    let told = port.list(Some(&gateway), None).await.unwrap_err();
    assert_eq!(
        (told.code(), reason(&told).as_str()),
        (Code::Unauthenticated, "CREDENTIALS_MISSING")
    );
    let spoken_for = token(&ring, "reporting", "tickets", &agent);
    let elsewhere = token(&ring, "gateway", "reporting", &agent);
    let as_gateway = token(&ring, "reporting", "tickets", &Caller::service("gateway", None));
    for (what, identity, word) in [
        ("a service that speaks for a person", &reporting, &spoken_for),
        ("a service that speaks as another", &reporting, &as_gateway),
        ("a word that was given to another service", &gateway, &elsewhere),
        ("the gateway's word from another's connection", &reporting, &good),
        ("a word that somebody signed themselves", &gateway, &self_made("tickets")),
    ] {
        let told = port.list(Some(identity), Some(word)).await.expect_err(what);
        let seen = (told.code(), reason(&told));
        assert_eq!(seen, (Code::Unauthenticated, "CREDENTIALS_INVALID".to_owned()), "{what}");
    }
    strangers_are_hung_up_on(&port, folder.path(), &good).await;
    the_public_port_takes_no_services_word(&served, &good).await;
    served.stop().await;
}

/// Without a certificate of the installation's authority nobody gets as far as a call.
async fn strangers_are_hung_up_on(port: &ServicePort, folder: &Path, word: &Word) {
    let told = port.list(None, Some(word)).await.unwrap_err();
    assert!(on_its_way(&told), "{told}");
    let folder = folder.join("strangers");
    std::fs::create_dir(&folder).unwrap();
    let stranger = Authority::new(&folder).issue("gateway");
    let told = port.list(Some(&stranger), Some(word)).await.unwrap_err();
    assert!(on_its_way(&told), "{told}");
}

/// In one process too: what comes in by the public port is whom its key or token says.
async fn the_public_port_takes_no_services_word(served: &Served, word: &Word) {
    let endpoint = Endpoint::from_shared(format!("http://127.0.0.1:{}", served.port)).unwrap();
    let mut client = TicketsServiceClient::new(endpoint.connect().await.unwrap());
    let told = client.list_tickets(request(Some(word))).await.unwrap_err();
    assert_eq!(
        (told.code(), reason(&told).as_str()),
        (Code::Unauthenticated, "CREDENTIALS_INVALID")
    );
    let told = client.list_tickets(request(None)).await.unwrap_err();
    assert_eq!(
        (told.code(), reason(&told).as_str()),
        (Code::Unauthenticated, "CREDENTIALS_MISSING")
    );
}

/// The value of the header `authorization`.
type Word = MetadataValue<Ascii>;

/// A genuine token of the service `issuer`, made with its key.
fn token(ring: &KeyRing, issuer: &str, audience: &str, caller: &Caller) -> Word {
    let ambient = Ambient::system();
    let signer = keys::token_signer(issuer, &ring.keys(issuer, &ambient), &ambient).unwrap();
    word(&signer.authorization(caller, audience).unwrap())
}

/// A token as the gateway's, by a key that nobody knows.
fn self_made(audience: &str) -> Word {
    let signer = TokenSigner::new("gateway", "1", &[7; 32], Ambient::system()).unwrap();
    word(&signer.authorization(&person("admin"), audience).unwrap())
}

fn word(header: &http::HeaderValue) -> Word {
    header.to_str().unwrap().parse().unwrap()
}

fn person(role: &str) -> Caller {
    Caller::new(Principal {
        kind: PrincipalKind::Person,
        id: "person_01h455vb4pex5vsknk084sn02q".to_owned(),
        roles: [role.to_owned()].into(),
        scope: Scope::All,
        on_behalf_of: None,
    })
}

/// The port that a process's services have for other processes.
struct ServicePort {
    address: SocketAddr,
    authority: Certificate,
}

impl ServicePort {
    /// Asks it for tickets: over a certificate, with a token, and always with names of one's own making.
    async fn list(&self, shown: Option<&Identity>, word: Option<&Word>) -> Result<(), Status> {
        let mut tls =
            ClientTlsConfig::new().domain_name("localhost").ca_certificate(self.authority.clone());
        if let Some(identity) = shown {
            let read = |path| std::fs::read(path).unwrap();
            tls = tls.identity(Shown::from_pem(read(&identity.certificate), read(&identity.key)));
        }
        let endpoint = Endpoint::from_shared(format!("https://{}", self.address)).unwrap();
        let channel = endpoint.tls_config(tls).unwrap().connect_lazy();
        TicketsServiceClient::new(channel).list_tickets(request(word)).await.map(drop)
    }
}

fn request(word: Option<&Word>) -> Request<ListTicketsRequest> {
    let mut request = Request::new(ListTicketsRequest::default());
    for name in SELF_MADE {
        request.metadata_mut().insert(name, "service:gateway".parse().unwrap());
    }
    if let Some(word) = word {
        request.metadata_mut().insert("authorization", word.clone());
    }
    request
}
