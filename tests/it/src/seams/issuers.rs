//! A person of a trusted identity provider works on tickets, also after the provider has rotated its key;
//! a token by the key that it no longer publishes reaches no service. (What else is true of issuers is in
//! the gateway's own tests.)

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use kefu_api_gateway::v1::directory_service_client::DirectoryServiceClient;
use kefu_api_gateway::v1::issuers_service_client::IssuersServiceClient;
use kefu_api_gateway::v1::{CreateIssuerRequest, CreatePersonRequest, Subject};
use kefu_api_tickets::v1::ListTicketHistoryRequest;
use kefu_api_tickets::v1::tickets_service_client::TicketsServiceClient;
use kefu_rpc::{ListenConfig, ListenLimits, Listener};
use kefu_runtime::config::Config;
use kefu_runtime::drain::StopSignal;
use kefu_runtime::{Surroundings, data};
use kefu_testkit::clock::Moved;
use kefu_testkit::{Bearer, Folder};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};

use super::{inquiry, reason};
use crate::suite::suite;

/// Keys are fetched again for an unknown one at most this often.
const FETCHED_AGAIN_AFTER: Duration = Duration::from_secs(31);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotated_key_works_on_tickets_and_the_one_before_no_more() {
    let (folder, clock) = (Folder::new("issuers"), Moved::here());
    let mut config = Config { data_dir: folder.join("data"), ..Config::default() };
    config.listen.public = ([127, 0, 0, 1], 0).into();
    let ambient = Some(clock.ambient.clone());
    let around = Surroundings { ambient, ..Surroundings::default() };
    let running = suite().start_in(config, around).await.unwrap();
    let address = format!("http://{}", running.address().unwrap());
    let channel = Endpoint::from_shared(address).unwrap().connect().await.unwrap();
    let with = |token: &str| InterceptedService::new(channel.clone(), Bearer::new(token));
    let admin = std::fs::read_to_string(data::admin_key(&folder.join("data"))).unwrap();

    let (old, new) = (SigningKey::new("old"), SigningKey::new("new"));
    let provider = Provider::start(&old).await;
    let issuer = CreateIssuerRequest {
        issuer: provider.address.clone(),
        name: "Identity".into(),
        audiences: vec!["kefu".into()],
        ..CreateIssuerRequest::default()
    };
    let mut issuers = IssuersServiceClient::new(with(admin.trim()));
    let issuer_id = issuers.create_issuer(issuer).await.unwrap().into_inner().id;
    let anna = CreatePersonRequest {
        name: "Anna".into(),
        roles: vec!["agent".into()],
        all_branches: true,
        subjects: vec![Subject { issuer_id, subject: "anna".into() }],
        ..CreatePersonRequest::default()
    };
    let mut directory = DirectoryServiceClient::new(with(admin.trim()));
    let anna = directory.create_person(anna).await.unwrap().into_inner().id;

    let token = |key: &SigningKey| {
        let now = clock.ambient.machine_now().as_millis() / 1_000;
        key.sign(&provider.address, now)
    };
    let by_old = TicketsServiceClient::new(with(&token(&old)));
    works(by_old.clone(), "by the old key", &anna).await;
    provider.publish(&new);
    clock.machine.advance(FETCHED_AGAIN_AFTER);
    works(TicketsServiceClient::new(with(&token(&new))), "by the new key", &anna).await;
    for mut refused in [by_old, TicketsServiceClient::new(with(&token(&old)))] {
        let told = refused.create_ticket(inquiry("refused")).await.unwrap_err();
        assert_eq!(told.code(), Code::Unauthenticated);
        assert_eq!(reason(&told), "CREDENTIALS_INVALID");
    }
    drop((issuers, directory, channel));
    running.shutdown(StopSignal::Interrupt).await;
}

/// A ticket is made, and the log tells who made it.
async fn works(mut tickets: TicketsServiceClient<Way>, subject: &str, person: &str) {
    let ticket_id = tickets.create_ticket(inquiry(subject)).await.unwrap().into_inner().id;
    let request = ListTicketHistoryRequest { ticket_id, ..ListTicketHistoryRequest::default() };
    let history = tickets.list_ticket_history(request).await.unwrap().into_inner().entries;
    assert_eq!(history[0].actor, person, "{subject}");
}

type Way = InterceptedService<Channel, Bearer>;

/// An identity provider on this machine.
struct Provider {
    address: String,
    published: Arc<Mutex<JwkSet>>,
    _server: JoinSet<()>,
}

impl Provider {
    async fn start(key: &SigningKey) -> Self {
        let published = Arc::new(Mutex::new(JwkSet { keys: vec![key.public()] }));
        let config = ListenConfig {
            address: ([127, 0, 0, 1], 0).into(),
            tls: None,
            allow_plain: false,
            limits: ListenLimits::default(),
        };
        let listener = Listener::bind(config).await.unwrap();
        let address = format!("http://{}", listener.address());
        let set = Arc::clone(&published);
        let keys = move || async move { axum::Json(set.lock().unwrap().clone()) };
        let named = json!({ "issuer": address, "jwks_uri": format!("{address}/keys") });
        let discovery = move || async move { axum::Json(named) };
        let app = Router::new()
            .route("/keys", get(keys))
            .route("/.well-known/openid-configuration", get(discovery));
        let mut server = JoinSet::new();
        server.spawn(async move {
            listener.serve(app, CancellationToken::new(), Duration::ZERO).await;
        });
        Self { address, published, _server: server }
    }

    /// Publishes `key` and no other.
    fn publish(&self, key: &SigningKey) {
        *self.published.lock().unwrap() = JwkSet { keys: vec![key.public()] };
    }
}

struct SigningKey {
    id: &'static str,
    private: EncodingKey,
}

impl SigningKey {
    fn new(id: &'static str) -> Self {
        let random = SystemRandom::new();
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        Self { id, private: EncodingKey::from_ec_der(pkcs8.as_ref()) }
    }

    fn public(&self) -> Jwk {
        let mut jwk = Jwk::from_encoding_key(&self.private, Algorithm::ES256).unwrap();
        jwk.common.key_id = Some(self.id.to_owned());
        jwk
    }

    /// Anna's token, good for an hour.
    fn sign(&self, issuer: &str, now: i64) -> String {
        let claims = json!({
            "iss": issuer, "aud": "kefu", "sub": "anna", "iat": now, "exp": now + 3_600,
        });
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.id.to_owned());
        encode(&header, &claims, &self.private).unwrap()
    }
}
