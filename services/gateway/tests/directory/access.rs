//! Who calls: nobody, a key, or a person with a token of a trusted issuer.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use kefu_api_gateway::v1::*;
use kefu_rpc::{ListenConfig, ListenLimits, Listener};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::Code;

use crate::world::{World, mask, refusal};

/// An identity provider on this machine.
struct Provider {
    address: String,
    published: Arc<Mutex<JwkSet>>,
    _server: JoinSet<()>,
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

    fn sign(&self, world: &World, provider: &Provider, subject: &str, groups: &[&str]) -> String {
        let now = world.clock.ambient.machine_now().as_millis() / 1_000;
        let claims = json!({
            "iss": provider.address, "aud": "kefu", "sub": subject, "iat": now, "exp": now + 3_600,
            "groups": groups, "places": "north nowhere",
        });
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.id.to_owned());
        encode(&header, &claims, &self.private).unwrap()
    }
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

    fn publish(&self, key: &SigningKey) {
        *self.published.lock().unwrap() = JwkSet { keys: vec![key.public()] };
    }
}

#[tokio::test]
async fn a_call_without_credentials_is_the_publics() {
    let world = World::sqlite().await;
    let me = world.who("").await.unwrap();
    assert_eq!((me.kind(), me.principal_id.as_str()), (PrincipalKind::Public, "public"));
    assert_eq!(me.permissions, ["gateway.who_am_i"]);
    let missing = world.directory("").list_roles(ListRolesRequest::default()).await;
    assert_eq!(refusal(missing).0, Code::Unauthenticated);
    let invalid = (Code::Unauthenticated, "CREDENTIALS_INVALID".to_owned());
    let mut forged = world.admin.clone();
    let last = forged.pop().unwrap();
    forged.push(if last == '0' { '1' } else { '0' });
    let ambient = &world.clock.ambient;
    let stranger = kefu_rpc::keys::ApiKey::generate(ambient.new_uuid(), ambient);
    let id = kefu_rpc::keys::ApiKey::parse(&world.admin).unwrap().id();
    let guessed = kefu_rpc::keys::ApiKey::generate(id, ambient);
    for wrong in ["nonsense", &forged, stranger.expose(), guessed.expose()] {
        assert_eq!(refusal(world.who(wrong).await), invalid, "{wrong}");
    }
    world.close().await;
}

#[tokio::test]
async fn a_person_signs_in_by_a_token_and_is_who_the_directory_says() {
    let world = World::sqlite().await;
    let (old, new) = (SigningKey::new("old"), SigningKey::new("new"));
    let provider = Provider::start(&old).await;
    let north = world.branch("north").await;
    let issuer = CreateIssuerRequest {
        issuer: provider.address.clone(),
        name: "Identity".into(),
        audiences: vec!["other".into(), "kefu".into()],
        roles_claim: "groups".into(),
        branches_claim: "places".into(),
        ..Default::default()
    };
    let token = |key: &SigningKey| key.sign(&world, &provider, "anna", &["supervisor", "service"]);
    let invalid = (Code::Unauthenticated, "CREDENTIALS_INVALID".to_owned());
    assert_eq!(refusal(world.who(&token(&old)).await), invalid, "not trusted yet");
    let mut issuers = world.issuers(&world.admin);
    let issuer = issuers.create_issuer(issuer).await.unwrap().into_inner();
    assert_eq!(refusal(world.who(&token(&old)).await), invalid, "nobody's");
    let mut admin = world.directory(&world.admin);
    let anna = CreatePersonRequest {
        name: "Anna".into(),
        roles: vec!["agent".into()],
        subjects: vec![Subject { issuer_id: issuer.id.clone(), subject: "anna".into() }],
        ..Default::default()
    };
    let anna = admin.create_person(anna).await.unwrap().into_inner();
    let me = world.who(&token(&old)).await.unwrap();
    assert_eq!(
        (me.kind(), &me.principal_id, me.name.as_str()),
        (PrincipalKind::Person, &anna.id, "Anna")
    );
    assert_eq!(me.roles, ["agent", "supervisor"], "own and claimed, never the services'");
    assert_eq!((me.branch_ids, me.all_branches), (vec![north.id], false));
    // The provider rotates its key: the new one is accepted, the old one refused.
    provider.publish(&new);
    world.clock.machine.advance(Duration::from_secs(31));
    world.who(&token(&new)).await.expect("the new key");
    assert_eq!(refusal(world.who(&token(&old)).await), invalid);
    let claimless = UpdateIssuerRequest {
        issuer_id: issuer.id.clone(),
        issuer: Some(IssuerPatch::default()),
        update_mask: mask(&["roles_claim"]),
        ..Default::default()
    };
    issuers.update_issuer(claimless).await.unwrap();
    assert_eq!(world.who(&token(&new)).await.unwrap().roles, ["agent"]);
    let delete = DeletePersonRequest { person_id: anna.id.clone(), ..Default::default() };
    admin.delete_person(delete).await.unwrap();
    let over = refusal(world.who(&token(&new)).await);
    assert_eq!(over, (Code::Unauthenticated, "CREDENTIALS_EXPIRED".into()));
    let back = UndeletePersonRequest { person_id: anna.id, ..Default::default() };
    admin.undelete_person(back).await.unwrap();
    world.who(&token(&new)).await.expect("back again");
    let untrust = DeleteIssuerRequest { issuer_id: issuer.id, ..Default::default() };
    issuers.delete_issuer(untrust).await.unwrap();
    assert_eq!(refusal(world.who(&token(&new)).await), invalid);
    world.close().await;
}
