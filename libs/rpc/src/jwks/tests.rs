//! Which tokens verify, and what a rotation and a silent issuer do to them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{EncodingKey, Header, encode};
use kefu_kernel::Timestamp;
use kefu_testkit::clock::{ManualClock, Moved};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::listen::{ListenConfig, ListenLimits, Listener};

const ISSUER: &str = "https://id.example.org/";
const AUDIENCE: &str = "kefu";
const NOW: i64 = 1_750_000_000;

/// A provider with its keys, its published set, and the verifier that trusts it.
struct World {
    issuers: TokenIssuers,
    published: Arc<Mutex<Option<JwkSet>>>,
    fetches: Arc<AtomicUsize>,
    clock: ManualClock,
    issuer: Issuer,
    _server: JoinSet<()>,
}

struct Key {
    private: EncodingKey,
    algorithm: Algorithm,
    id: String,
}

impl World {
    async fn start(algorithms: Vec<Algorithm>) -> Self {
        let published = Arc::new(Mutex::new(None));
        let fetches = Arc::new(AtomicUsize::new(0));
        let (set, count) = (Arc::clone(&published), Arc::clone(&fetches));
        let answer = move || {
            count.fetch_add(1, Ordering::SeqCst);
            let set: Option<JwkSet> = set.lock().unwrap().clone();
            async move { set.map(axum::Json).ok_or(StatusCode::SERVICE_UNAVAILABLE) }
        };
        let config = ListenConfig {
            address: ([127, 0, 0, 1], 0).into(),
            tls: None,
            allow_plain: false,
            limits: ListenLimits::default(),
        };
        let listener = Listener::bind(config).await.unwrap();
        let address = listener.address();
        let app = Router::new().route("/keys", get(answer));
        let mut server = JoinSet::new();
        server.spawn(async move {
            listener.serve(app, CancellationToken::new(), Duration::ZERO).await;
        });
        let Moved { machine: clock, ambient, .. } =
            Moved::at(Timestamp::from_millis(NOW * 1_000), 1);
        let issuer = Issuer {
            issuer: ISSUER.into(),
            jwks_uri: format!("http://{address}/keys"),
            audiences: vec![AUDIENCE.into()],
            algorithms,
        };
        let none = TokenIssuers::new(&FetchConfig::default(), ambient).unwrap();
        let (issuers, refused) = none.knowing(vec![issuer.clone()]);
        assert!(refused.is_empty());
        Self { issuers, issuer, published, fetches, clock, _server: server }
    }

    fn publish<'a>(&self, keys: impl IntoIterator<Item = &'a Key>) {
        let keys = keys.into_iter().map(Key::public).collect();
        *self.published.lock().unwrap() = Some(JwkSet { keys });
    }

    fn fall_silent(&self) {
        *self.published.lock().unwrap() = None;
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }
}

impl Key {
    fn es256(id: &str) -> Self {
        let random = SystemRandom::new();
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let private = EncodingKey::from_ec_der(pkcs8.as_ref());
        Self { private, algorithm: Algorithm::ES256, id: id.into() }
    }

    fn eddsa(id: &str) -> Self {
        let random = SystemRandom::new();
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        let seed = pkcs8.as_ref()[16..48].try_into().unwrap();
        let private = EncodingKey::from_ed_der(&crate::token::private_key(seed));
        Self { private, algorithm: Algorithm::EdDSA, id: id.into() }
    }

    fn rs256(id: &str) -> Self {
        let private = EncodingKey::from_rsa_pem(include_bytes!("rsa_for_tests.pem")).unwrap();
        Self { private, algorithm: Algorithm::RS256, id: id.into() }
    }

    fn public(&self) -> Jwk {
        let mut jwk = Jwk::from_encoding_key(&self.private, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.id.clone());
        jwk
    }

    fn header(&self) -> Header {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.id.clone());
        header
    }

    fn sign(&self, claims: &Value) -> String {
        encode(&self.header(), claims, &self.private).unwrap()
    }
}

fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "anna", "exp": NOW + 300, "iat": NOW,
        "roles": ["agent"],
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

#[tokio::test]
async fn a_token_of_each_algorithm_verifies_with_its_claims() {
    let all = vec![Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];
    let world = World::start(all).await;
    let keys = [Key::es256("e"), Key::rs256("r"), Key::eddsa("d")];
    world.publish(&keys);
    for key in &keys {
        let token = key.sign(&claims());
        assert!(world.issuers.knows(&token));
        let verified = world.issuers.verify(&token).await.unwrap();
        assert_eq!((verified.issuer.as_str(), verified.subject.as_str()), (ISSUER, "anna"));
        assert_eq!(verified.claims["roles"], json!(["agent"]));
    }
    assert_eq!(world.fetches(), 1);
}

#[tokio::test]
async fn a_rotated_key_is_accepted_and_the_old_one_refused() {
    let world = World::start(vec![Algorithm::ES256]).await;
    let (old, new) = (Key::es256("old"), Key::es256("new"));
    world.publish([&old]);
    world.issuers.prefetch().await;
    assert!(world.issuers.verify(&old.sign(&claims())).await.is_ok());
    world.publish([&new]);
    world.clock.advance(Duration::from_secs(31));
    assert!(world.issuers.verify(&new.sign(&claims())).await.is_ok());
    let refused = world.issuers.verify(&old.sign(&claims())).await;
    assert!(matches!(refused, Err(RpcError::CredentialsInvalid(_))), "{refused:?}");
    assert_eq!(world.fetches(), 2, "an unknown key makes one fetch in 30 seconds");
}

#[tokio::test]
async fn a_silent_issuers_keys_serve_for_a_day() {
    let world = World::start(vec![Algorithm::ES256]).await;
    let key = Key::es256("k");
    let lasting = key.sign(&with("exp", json!(NOW + 100 * 3_600)));
    let before = world.issuers.verify(&lasting).await;
    assert!(matches!(before, Err(RpcError::CredentialsUncheckable(_))), "{before:?}");
    world.clock.advance(Duration::from_secs(31));
    world.publish([&key]);
    assert!(world.issuers.verify(&lasting).await.is_ok());
    world.fall_silent();
    world.clock.advance(Duration::from_secs(23 * 3_600));
    assert!(world.issuers.verify(&lasting).await.is_ok());
    world.clock.advance(Duration::from_secs(2 * 3_600));
    assert!(world.issuers.verify(&lasting).await.is_err());
}

#[tokio::test]
async fn a_token_that_breaks_a_rule_is_refused() {
    let world = World::start(vec![Algorithm::ES256]).await;
    let (key, stranger) = (Key::es256("k"), Key::es256("k"));
    world.publish([&key]);
    let mut no_kid = key.header();
    no_kid.kid = None;
    let mut own_key = stranger.header();
    own_key.jwk = Some(stranger.public());
    own_key.jku = Some("http://127.0.0.1:1/keys".into());
    let mut id_token = key.header();
    id_token.typ = Some("logout+jwt".into());
    let signed = |header, by: &Key| encode(&header, &claims(), &by.private).unwrap();
    let unsigned = {
        let whole = key.sign(&claims());
        let parts: Vec<&str> = whole.split('.').collect();
        format!("eyJhbGciOiJub25lIn0.{}.", parts[1])
    };
    let secret = EncodingKey::from_secret(b"kefu");
    let symmetric = encode(&Header::new(Algorithm::HS256), &claims(), &secret).unwrap();
    let wrong = [
        ("another audience", key.sign(&with("aud", json!("other")))),
        ("no audience", key.sign(&with("aud", Value::Null))),
        ("another issuer", key.sign(&with("iss", json!("https://evil.example.org/")))),
        ("over", key.sign(&with("exp", json!(NOW - 61)))),
        ("no end", key.sign(&with("exp", Value::Null))),
        ("not yet", key.sign(&with("nbf", json!(NOW + 120)))),
        ("from the future", key.sign(&with("iat", json!(NOW + 120)))),
        ("no subject", key.sign(&with("sub", Value::Null))),
        ("another's signature", stranger.sign(&claims())),
        ("a key of its own", signed(own_key, &stranger)),
        ("no key named", signed(no_kid, &key)),
        ("another type", signed(id_token, &key)),
        ("unsigned", unsigned),
        ("symmetric", symmetric),
        ("algorithm not allowed", Key::rs256("k").sign(&claims())),
        ("not a token", "a.b.c".into()),
        ("empty", String::new()),
    ];
    for (what, token) in wrong {
        let refused = world.issuers.verify(&token).await;
        let told =
            matches!(refused, Err(RpcError::CredentialsInvalid(_) | RpcError::CredentialsExpired));
        assert!(told, "{what}: {refused:?}");
    }
    assert!(world.issuers.verify(&key.sign(&claims())).await.is_ok());
}

#[test]
fn keys_are_fetched_in_clear_from_loopback_only() {
    let issuer = |uri: &str| Issuer {
        issuer: ISSUER.into(),
        jwks_uri: uri.into(),
        audiences: vec![AUDIENCE.into()],
        algorithms: vec![Algorithm::ES256],
    };
    let none = TokenIssuers::new(&FetchConfig::default(), Ambient::system()).unwrap();
    let made = |uri| none.knowing(vec![issuer(uri)]).1.is_empty();
    assert!(made("https://id.example.org/keys"));
    assert!(made("http://localhost:9/keys") && made("http://[::1]:9/keys"));
    assert!(!made("http://id.example.org/keys"));
    assert!(!made("file:///etc/passwd") && !made("nonsense"));
}

#[tokio::test]
async fn another_issuer_leaves_the_keys_that_are_here() {
    let world = World::start(vec![Algorithm::ES256]).await;
    let key = Key::es256("a");
    world.publish([&key]);
    world.issuers.verify(&key.sign(&claims())).await.unwrap();
    let other = Issuer { issuer: "https://other.example.org".into(), ..world.issuer.clone() };
    let (both, refused) = world.issuers.knowing(vec![world.issuer.clone(), other]);
    assert!(refused.is_empty());
    both.verify(&key.sign(&claims())).await.unwrap();
    assert_eq!(world.fetches(), 1, "its keys were here already");
}
